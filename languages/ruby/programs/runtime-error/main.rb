puts "before"
$stdout.flush
raise "too cold"
