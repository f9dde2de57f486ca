source shapes/square.tcl

puts [square 7]
