#include <stdio.h>
#include "shapes/square.h"

int main(void) {
  printf("%d\n", square(7));
}
