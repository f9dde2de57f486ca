import os, stat
from attack import must_fail, escaped
for kind, major, minor in ((stat.S_IFBLK, 8, 0), (stat.S_IFBLK, 254, 0), (stat.S_IFBLK, 259, 0), (stat.S_IFCHR, 1, 1), (stat.S_IFCHR, 1, 11), (stat.S_IFCHR, 10, 232), (stat.S_IFCHR, 10, 229), (stat.S_IFCHR, 5, 1), (stat.S_IFCHR, 1, 3)):
    must_fail("mknod %d:%d" % (major, minor), lambda: os.mknod("/tmp/device%d-%d" % (major, minor), kind | 0o666, os.makedev(major, minor)))
for name in ("mem", "kmem", "port", "kvm", "fuse", "loop-control", "loop0", "vhost-net", "vhost-vsock", "vsock", "net/tun", "vda", "vda1", "sda", "nvme0n1", "dm-0", "mapper/control", "snapshot", "uinput", "input/event0", "tty0", "tty1", "console", "ttyS0", "hpet", "rtc0", "cpu/0/msr", "dri/card0", "userfaultfd", "autofs", "btrfs-control", "raw1394", "hwrng", "nvram", "ppp", "uhid", "cuse", "udmabuf"):
    must_fail("/dev/" + name, lambda: os.open("/dev/" + name, os.O_RDWR | os.O_NONBLOCK))
