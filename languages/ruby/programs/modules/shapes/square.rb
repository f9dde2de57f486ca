def square(side) = side * side
