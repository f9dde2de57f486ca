package main

import "fmt"

func main() {
	var age int = "36"
	fmt.Println(age)
}
