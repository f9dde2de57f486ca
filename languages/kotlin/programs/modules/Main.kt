import shapes.square

fun main() {
    println(square(7))
}
