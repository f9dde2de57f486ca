package square

func Area(side int) int { return side * side }
