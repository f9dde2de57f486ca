import ctypes, os
from attack import libc
if libc.vfork() == 0:
    libc.pause()
    os._exit(0)
