print "Your name? "
name = read_line
print "Your age? "
age = read_line.to_i
puts "#{name} will be #{age + 1} next year."
