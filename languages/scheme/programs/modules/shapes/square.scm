(define-module (shapes square)
  #:export (square))

(define (square side) (* side side))
