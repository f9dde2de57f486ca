"""Makes the file that holds a template's memory: nameless, so that it ends with whoever holds it, and later sealed, so that no
copy's process can write to it, whatever rights it has. Node cannot do either by itself.

Says where the file is, waits for one line, seals, says "sealed". Ends when its input does.
"""

import fcntl
import os
import sys

# From linux/fcntl.h and linux/memfd.h, which older Pythons do not name.
ALLOW_SEALING, CLOSE_ON_EXEC, ADD_SEALS = 2, 1, 1033
SEAL, SHRINK, GROW, WRITE = 1, 2, 4, 8

file = os.memfd_create("atelier-template", ALLOW_SEALING | CLOSE_ON_EXEC)
os.ftruncate(file, int(sys.argv[1]))
print("/proc/%d/fd/%d" % (os.getpid(), file), flush=True)
if sys.stdin.readline():
    fcntl.fcntl(file, ADD_SEALS, SHRINK | GROW | WRITE | SEAL)
    print("sealed", flush=True)
    sys.stdin.readline()
