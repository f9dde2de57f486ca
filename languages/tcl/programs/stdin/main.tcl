puts -nonewline "Your name? "
gets stdin name
puts -nonewline "Your age? "
gets stdin age
puts "$name will be [expr {$age + 1}] next year."
