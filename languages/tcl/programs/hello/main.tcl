puts "Hello from Tcl!"
