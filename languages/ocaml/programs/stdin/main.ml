let () =
  print_string "Your name? ";
  let name = read_line () in
  print_string "Your age? ";
  let age = read_int () in
  Printf.printf "%s will be %d next year.\n" name (age + 1)
