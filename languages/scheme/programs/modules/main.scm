(use-modules (shapes square))

(display (square 7))
(newline)
