let () = print_endline "not part of it"
