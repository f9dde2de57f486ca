print("Hello from Swift!")
