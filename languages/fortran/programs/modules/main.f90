program area
  use square
  print "(i0)", area_of(7)
end program
