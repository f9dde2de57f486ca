import fcntl, os, struct
from attack import must_fail
master = os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY)
for file in (0, 1, 2, master):
    must_fail("TIOCSTI", lambda: fcntl.ioctl(file, 0x5412, b"x"))
    must_fail("TIOCLINUX", lambda: fcntl.ioctl(file, 0x541C, b"\2"))
for discipline in range(1, 31): must_fail("line discipline %d" % discipline, lambda: fcntl.ioctl(master, 0x5423, struct.pack("i", discipline)))
must_fail("TIOCCONS", lambda: fcntl.ioctl(master, 0x541D))
must_fail("console", lambda: os.open("/dev/console", os.O_RDWR))
