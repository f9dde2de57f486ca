held = []
while True: held.append(bytearray(8_000_000))
