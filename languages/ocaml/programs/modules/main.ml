let () = print_int (Square.area 7); print_newline ()
