package main

import _ "embed"

//go:embed ../../etc/shadow
var s string

var big = [1 << 40]int{1 << 30: 1}

const huge = 1 << 100000

func main() { println(s, big[0], huge>>99999) }
