#include "square.h"

int square(int side) { return side * side; }
