let () =
  print_endline "before";
  failwith "too cold"
