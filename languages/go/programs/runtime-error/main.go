package main

import "fmt"

func main() {
	fmt.Println("before")
	numbers := []int{1, 2, 3}
	at := 5
	fmt.Println(numbers[at])
}
