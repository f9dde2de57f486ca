let age: Int = "old"
