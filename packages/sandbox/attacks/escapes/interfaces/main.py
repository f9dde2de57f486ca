import fcntl, socket, struct, os
from attack import must_fail
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
name = struct.pack("16s16s", b"lo", b"\2\0\0\0\x0a\0\0\1")
for request in (0x8914, 0x8916, 0x891C, 0x8922, 0x8924, 0x890B, 0x890C, 0x89F1, 0x8946, 0x89A0, 0x8982):
    must_fail("request %x" % request, lambda: fcntl.ioctl(one, request, name + bytes(100)))
for level, option in ((0, 64), (41, 64), (1, 36), (1, 25), (6, 19)):
    must_fail("option %d %d" % (level, option), lambda: one.setsockopt(level, option, b"eth0\0" + bytes(60)))
must_fail("tun", lambda: os.open("/dev/net/tun", os.O_RDWR))
