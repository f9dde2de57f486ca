def square(side)
  side * side
end
