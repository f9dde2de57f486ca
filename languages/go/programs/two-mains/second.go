package main

func main() { say("second") }
