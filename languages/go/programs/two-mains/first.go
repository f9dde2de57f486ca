package main

func main() { say("first") }
