import shapes.Square

object Main extends App {
  println(Square(7).area)
}
