package main

import (
	"fmt"

	"example.org/shapes/square"
)

func main() {
	fmt.Println(square.Area(12))
}
