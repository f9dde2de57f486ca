IO.puts("before")
raise "too cold"
