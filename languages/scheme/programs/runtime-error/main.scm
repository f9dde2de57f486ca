(display "before")
(newline)
(error "too cold")
