void main() {
  print("before\n");
  stdout.flush();
  error("too cold");
}
