require_relative 'shapes/square'

puts square(7)
