package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println(area(os.Args[1]))
}
