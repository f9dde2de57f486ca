func square(_ side: Int) -> Int { side * side }
