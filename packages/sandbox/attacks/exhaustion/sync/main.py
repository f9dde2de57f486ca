import os, time
from attack import call, escaped
# A real sync takes as long as the disks need; one that is only said to be done takes less than a system call to a disk.
open("/tmp/x", "wb").write(bytes(1 << 20))
while True: os.sync()
