class Square {
  int side
  int area() { side * side }
}
