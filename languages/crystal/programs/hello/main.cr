puts "Hello from Crystal!"
