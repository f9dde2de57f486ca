#include <iostream>
#include "shapes/square.hpp"

int main() {
  std::cout << square(7) << "\n";
}
