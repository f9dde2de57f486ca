void main() {
  print("%d\n", square(7));
}
