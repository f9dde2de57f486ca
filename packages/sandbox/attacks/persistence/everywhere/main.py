import ctypes, os, socket
from attack import call
def attempt(action):
    try: action()
    except OSError: pass
for folder in ("/project", "/tmp", "/dev/shm", "/var/tmp", "/run", "/", "/etc", "/usr/local/bin", "/home", "/root", "/atelier", "/z", "/dev", "/dev/pts", "/dev/mqueue", "/proc/sys/kernel"):
    attempt(lambda: open(folder + "/@MARK@", "w").write("@MARK@"))
segment, _ = call(29, 194, 0x41544c52, 4096, 0o1666)
call(68, 186, 0x41544c52, 0o1666); call(64, 190, 0x41544c52, 1, 0o1666)
call(240, 180, b"mark-@MARK@", 0o102, 0o666, None)
call(248, 217, b"user", b"@MARK@", b"@MARK@", 6, -4)
for name in ("hostname", "domainname"): attempt(lambda: open("/proc/sys/kernel/" + name, "w").write("@MARK@"))
if os.fork() == 0:
    os.setsid()
    one = socket.socket(socket.AF_UNIX); one.bind("\0@MARK@"); one.listen()
    two = socket.create_server(("127.0.0.1", 40123))
    while True:
        try: open("/tmp/@MARK@-late", "w").write("x")
        except OSError: pass
import sys, builtins
builtins.marked = sys.marked = "@MARK@"
