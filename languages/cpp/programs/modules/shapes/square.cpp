#include "square.hpp"

int square(int side) { return side * side; }
