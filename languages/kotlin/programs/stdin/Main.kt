fun main() {
    print("Your name? ")
    val name = readLine()
    print("Your age? ")
    val age = readLine()!!.toInt()
    println("$name will be ${age + 1} next year.")
}
