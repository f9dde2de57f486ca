program fails
  print "(a)", "before"
  error stop "too cold"
end program
