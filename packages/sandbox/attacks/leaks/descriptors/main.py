import os
from attack import escaped
for number in range(3, 4096):
    try: what = os.readlink("/proc/self/fd/%d" % number)
    except OSError: continue
    escaped("descriptor %d is %s" % (number, what))
for number in range(3):
    if "pipe" not in os.readlink("/proc/self/fd/%d" % number): escaped("stream %d" % number)
