(load "shapes/square.lisp")

(format t "~d~%" (square 7))
