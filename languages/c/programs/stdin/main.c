#include <stdio.h>

int main(void) {
  char name[80];
  int age;
  printf("Your name? ");
  if (scanf("%79s", name) != 1) return 1;
  printf("Your age? ");
  if (scanf("%d", &age) != 1) return 1;
  printf("%s will be %d next year.\n", name, age + 1);
}
