import os
while True: os.write(1, b"\xff\x00\xc3\x28" * 10000)
