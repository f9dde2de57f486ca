import glob, os
from attack import escaped
for name in ("tcp", "tcp6", "udp", "udp6", "raw", "unix", "packet"):
    try: lines = open("/proc/net/" + name).read().strip().split("\n")[1:]
    except OSError: continue
    if lines and lines != [""]: escaped("%s: %s" % (name, lines[0]))
for line in open("/proc/net/dev").read().split("\n")[2:]:
    if line.strip() and not line.strip().startswith("lo:"): escaped(line)
if "@ABSTRACT@" in open("/proc/net/unix").read(): escaped("the host's sockets")
