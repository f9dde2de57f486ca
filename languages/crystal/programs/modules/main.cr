require "./shapes/square"

puts square(7)
