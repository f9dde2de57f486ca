import atexit, os, threading, sys
atexit.register(lambda: 1 / 0)
class Last:
    def __del__(self, write=os.write): write(1, b"last")
last = Last()
raise SystemExit(300)
