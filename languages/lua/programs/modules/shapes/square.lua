return function(side)
  return side * side
end
