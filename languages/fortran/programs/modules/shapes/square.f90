module square
contains
  integer function area_of(side)
    integer, intent(in) :: side
    area_of = side * side
  end function
end module
