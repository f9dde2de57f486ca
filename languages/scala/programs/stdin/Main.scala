import scala.io.StdIn.{readInt, readLine}

object Main extends App {
  print("Your name? ")
  val name = readLine()
  print("Your age? ")
  val age = readInt()
  println(s"$name will be ${age + 1} next year.")
}
