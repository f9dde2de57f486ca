void main() {
  int age = "old";
}
