(format t "Your name? ")
(let ((name (read-line)))
  (format t "Your age? ")
  (format t "~a will be ~d next year.~%" name (1+ (parse-integer (read-line)))))
