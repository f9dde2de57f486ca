package main

import "strconv"

func area(text string) int {
	side, _ := strconv.Atoi(text)
	return side * side
}
