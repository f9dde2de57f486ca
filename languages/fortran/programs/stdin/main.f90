program ask
  character(80) :: name
  integer :: age
  write (*, "(a)", advance="no") "Your name? "
  read *, name
  write (*, "(a)", advance="no") "Your age? "
  read *, age
  print "(a, a, i0, a)", trim(name), " will be ", age + 1, " next year."
end program
