object Main extends App {
  println("before")
  sys.error("too cold")
}
