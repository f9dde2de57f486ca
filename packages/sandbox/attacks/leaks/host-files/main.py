# An image has a /var/lib/dpkg of its own, which tells nothing of the host.
import glob, os
from attack import escaped
for path in ("@FILE@", "@FOLDER@", "/root", "/home", "/etc/shadow", "/etc/ssh", "/boot", "/var/log", "/var/run/docker.sock", "/run/systemd", "/mnt", "/media", "/srv",
             "/proc/1/root/etc", "/proc/1/cwd/etc", "/sys/kernel", "/dev/shm/../mem", "/.atelier", "/work", "/z", "/oldroot"):
    try: found = os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(100)
    except OSError: continue
    if found: escaped("%s shows %.100r" % (path, found))
for line in open("/proc/self/mountinfo"):
    if "@FOLDER@" in line: escaped(line)
