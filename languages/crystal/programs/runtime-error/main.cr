puts "before"
raise "too cold"
