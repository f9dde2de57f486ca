import fcntl, os, struct, termios
from attack import must_fail
for bits in range(0, 0xffff, 997):
    try: termios.tcsetattr(0, termios.TCSANOW, [bits, bits >> 1, (bits & ~0o17) | 0o17, bits & ~termios.ISIG, termios.B38400, termios.B38400, [bytes([bits & 255])] * 32])
    except (OSError, termios.error): pass
for request in (0x5410, 0x5414, 0x540E, 0x541D, 0x5420, 0x5423, 0x5412, 0x541C, 0x5437):
    try: fcntl.ioctl(1, request, struct.pack("4H", 65535, 65535, 65535, 65535))
    except OSError: pass
must_fail("typing", lambda: fcntl.ioctl(0, 0x5412, b"x"))
