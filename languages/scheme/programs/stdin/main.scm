(use-modules (ice-9 rdelim))

(display "Your name? ")
(define name (read-line))
(display "Your age? ")
(define age (string->number (read-line)))
(format #t "~a will be ~a next year.~%" name (+ age 1))
