fun main() {
    println("before")
    error("too cold")
}
