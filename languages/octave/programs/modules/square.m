function area = square(side)
  area = side * side;
end
