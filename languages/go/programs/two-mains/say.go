package main

import "fmt"

func say(what string) { fmt.Println(what) }
