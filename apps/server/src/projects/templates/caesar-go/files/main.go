package main

import (
	"flag"
	"fmt"
	"strings"
)

func main() {
	shift := flag.Int("shift", 3, "by how many letters")
	back := flag.Bool("decrypt", false, "make it readable again")
	guess := flag.Bool("crack", false, "find the shift by itself")
	flag.Parse()
	text := strings.Join(flag.Args(), " ")

	switch {
	case text == "":
		secret := encrypt("Meet me at the cafe.", *shift)
		fmt.Println(secret)
		fmt.Println(decrypt(secret, *shift))
		fmt.Println("Give it a text as argument. Flags: -shift 5, -decrypt, -crack")
	case *guess:
		found, plain := crack(text)
		fmt.Printf("%d: %s\n", found, plain)
	case *back:
		fmt.Println(decrypt(text, *shift))
	default:
		fmt.Println(encrypt(text, *shift))
	}
}
