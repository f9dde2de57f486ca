print(square(7))
