package main

import "fmt"

func main() {
	var name string
	var age int
	fmt.Print("Your name? ")
	fmt.Scanln(&name)
	fmt.Print("Your age? ")
	fmt.Scanln(&age)
	fmt.Printf("%s will be %d next year.\n", name, age+1)
}
