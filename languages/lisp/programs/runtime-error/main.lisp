(format t "before~%")
(error "too cold")
