import os
from attack import must_fail
for name in ("fd", "root", "cwd", "exe", "map_files", "fdinfo", "task/1/fd"):
    must_fail("/proc/1/" + name, lambda: os.listdir("/proc/1/" + name) if name in ("fd", "map_files", "root", "task/1/fd") else os.open("/proc/1/" + name, os.O_RDONLY | (os.O_DIRECTORY if name == "fdinfo" else 0)) if name != "fdinfo" else open("/proc/1/fdinfo/3").read())
for number in range(64): must_fail("descriptor %d" % number, lambda: os.open("/proc/1/fd/%d" % number, os.O_RDWR | os.O_NONBLOCK))
must_fail("maps", lambda: open("/proc/1/maps").read() or 1 / 0) if False else None
