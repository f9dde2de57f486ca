object Main extends App {
  val age: Int = "old"
}
