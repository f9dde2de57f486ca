package shapes

fun square(side: Int) = side * side
