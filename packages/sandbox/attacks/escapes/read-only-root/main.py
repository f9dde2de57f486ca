import mmap, os, sys
from attack import must_fail, escaped
for path in ("/usr/bin/env", "/etc/passwd", os.path.realpath("/proc/self/exe"), "/proc/self/exe", "/usr/lib/os-release", "/atelier/bin/node", "/atelier/boot.cjs"):
    must_fail("writing " + path, lambda: os.open(path, os.O_RDWR))
    must_fail("truncating " + path, lambda: os.truncate(path, 0))
    must_fail("linking " + path, lambda: os.link(path, "/tmp/link"))
    must_fail("renaming " + path, lambda: os.rename(path, path + "x"))
    must_fail("mode of " + path, lambda: os.chmod(path, 0o777))
    must_fail("time of " + path, lambda: os.utime(path))
    try: file = os.open(path, os.O_RDONLY)
    except OSError: continue
    must_fail("shared mapping of " + path, lambda: mmap.mmap(file, 4096, prot=3, flags=mmap.MAP_SHARED))
    must_fail("opening again " + path, lambda: os.open("/proc/self/fd/%d" % file, os.O_RDWR))
    os.close(file)
for folder in ("/", "/usr", "/usr/bin", "/etc", "/var", "/run", "/dev", "/proc", "/atelier", "/z", "/home", "/root", "/mnt", "/media", "/opt", "/sys", "/usr/lib/python3/dist-packages"):
    must_fail("a file in " + folder, lambda: os.open(folder + "/x", os.O_CREAT | os.O_WRONLY))
    must_fail("a folder in " + folder, lambda: os.mkdir(folder + "/y"))
for folder in ("/project", "/tmp", "/dev/shm"):
    must_fail("removing " + folder, lambda: os.rmdir(folder))
    must_fail("moving " + folder, lambda: os.rename(folder, "/tmp/x"))
