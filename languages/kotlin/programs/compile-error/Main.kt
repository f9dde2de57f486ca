fun main() {
    val age: Int = "old"
}
