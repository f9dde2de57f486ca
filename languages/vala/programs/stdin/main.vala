void main() {
  print("Your name? ");
  var name = stdin.read_line();
  print("Your age? ");
  var age = int.parse(stdin.read_line());
  print("%s will be %d next year.\n", name, age + 1);
}
