#lang racket/base
(display "Your name? ")
(define name (read-line))
(display "Your age? ")
(define age (string->number (read-line)))
(printf "~a will be ~a next year.\n" name (add1 age))
