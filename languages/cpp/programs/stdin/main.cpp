#include <iostream>
#include <string>

int main() {
  std::string name;
  int age;
  std::cout << "Your name? ";
  std::cin >> name;
  std::cout << "Your age? ";
  std::cin >> age;
  std::cout << name << " will be " << age + 1 << " next year.\n";
}
