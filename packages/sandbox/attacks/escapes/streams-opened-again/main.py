import os
from attack import escaped
# What comes back must be its own bytes, never those of others.
file = os.open("/proc/self/fd/1", os.O_RDONLY | os.O_NONBLOCK)
try:
    data = os.read(file, 100)
    if data: escaped("read %r" % data)
except BlockingIOError: pass
file = os.open("/proc/self/fd/0", os.O_WRONLY | os.O_NONBLOCK)
