import struct
from attack import escaped, libc, call
for line in open("/proc/self/status"):
    if line.startswith("Cap") and int(line.split()[1], 16): escaped(line)
header = struct.pack("Ii", 0x20080522, 0)
if libc.capset(header, struct.pack("IIIIII", *[0xffffffff] * 6)) == 0: escaped("capset")
for capability in range(42):
    if libc.prctl(47, 2, capability, 0, 0) == 0: escaped("ambient %d" % capability)
if libc.prctl(28, 0, 0, 0, 0) == 0 and libc.prctl(27, 0, 0, 0, 0) not in (0, -1): escaped("secure bits")
if libc.prctl(38, 0, 0, 0, 0) == 0: escaped("no_new_privs was taken back")
