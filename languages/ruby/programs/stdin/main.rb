print "Your name? "
name = gets.chomp
print "Your age? "
age = gets.to_i
puts "#{name} will be #{age + 1} next year."
