print("before")
error("too cold")
