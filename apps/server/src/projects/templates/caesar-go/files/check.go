// Open this file and press Run: it tests caesar.go.
package main

import (
	"flag"
	"testing"
)

func testThereAndBack(t *testing.T) {
	for shift := -30; shift <= 30; shift++ {
		if got := decrypt(encrypt("Zebras, and 2 owls!", shift), shift); got != "Zebras, and 2 owls!" {
			t.Errorf("by %d: got %q", shift, got)
		}
	}
}

func testTheEndOfTheAlphabet(t *testing.T) {
	if got := encrypt("xyz XYZ", 3); got != "abc ABC" {
		t.Errorf("got %q", got)
	}
}

func testCrack(t *testing.T) {
	shift, plain := crack(encrypt("Nobody can read this sentence", 17))
	if shift != 17 || plain != "Nobody can read this sentence" {
		t.Errorf("got %d, %q", shift, plain)
	}
}

func main() {
	testing.Init()
	flag.Set("test.v", "true")
	all := func(pattern, name string) (bool, error) { return true, nil }
	testing.Main(all, []testing.InternalTest{
		{Name: "ThereAndBack", F: testThereAndBack},
		{Name: "TheEndOfTheAlphabet", F: testTheEndOfTheAlphabet},
		{Name: "Crack", F: testCrack},
	}, nil, nil)
}
