package main

import "strings"

// encrypt moves every letter by shift places; all else stays as it is.
func encrypt(text string, shift int) string {
	shift = (shift%26 + 26) % 26
	return strings.Map(func(letter rune) rune {
		switch {
		case letter >= 'a' && letter <= 'z':
			return 'a' + (letter-'a'+rune(shift))%26
		case letter >= 'A' && letter <= 'Z':
			return 'A' + (letter-'A'+rune(shift))%26
		}
		return letter
	}, text)
}

func decrypt(text string, shift int) string {
	return encrypt(text, -shift)
}

// crack finds the shift whose text looks most like English: "e" and "t" are frequent, "q" and "z" are not.
func crack(text string) (shift int, plain string) {
	best := -1
	for candidate := 0; candidate < 26; candidate++ {
		attempt := decrypt(text, candidate)
		score := 0
		for _, letter := range strings.ToLower(attempt) {
			if place := strings.IndexRune("zqxjkvbpygfwmucldrhsnioate", letter); place >= 0 {
				score += place
			}
		}
		if score > best {
			best, shift, plain = score, candidate, attempt
		}
	}
	return shift, plain
}
