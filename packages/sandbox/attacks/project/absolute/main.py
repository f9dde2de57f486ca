print("ESCAPED")
