package main

import (
	"fmt"
	"time"
)

type cup struct {
	barista string
	number  int
}

// brew makes three cups, each taking as long as this barista takes.
func brew(barista string, pause time.Duration, counter chan<- cup) {
	for number := 1; number <= 3; number++ {
		time.Sleep(pause)
		counter <- cup{barista, number}
	}
}

func main() {
	counter := make(chan cup)
	go brew("Ada", 100*time.Millisecond, counter)
	go brew("Grace", 170*time.Millisecond, counter)
	go brew("Linus", 260*time.Millisecond, counter)

	for served := 1; served <= 9; served++ {
		cup := <-counter
		fmt.Printf("%d. ☕ cup %d from %s\n", served, cup.number, cup.barista)
	}
}
