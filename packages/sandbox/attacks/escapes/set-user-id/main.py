import os, shutil, stat, subprocess
from attack import escaped, must_fail
for folder in ("/usr/bin", "/usr/sbin", "/usr/libexec", "/usr/local/bin", "/usr/lib/openssh", "/usr/lib/dbus-1.0"):
    try: names = os.listdir(folder)
    except OSError: continue
    for name in names:
        path = os.path.join(folder, name)
        try: mode = os.stat(path).st_mode
        except OSError: continue
        if stat.S_ISREG(mode) and mode & 0o6000 and mode & 1:
            try: done = subprocess.run([path, "--version"] if "su" in name else [path], stdin=subprocess.DEVNULL, capture_output=True, timeout=1)
            except (OSError, subprocess.TimeoutExpired): pass
shutil.copy("/usr/bin/id", "/tmp/id")
os.chmod("/tmp/id", 0o6755)
out = subprocess.run(["/tmp/id"], capture_output=True, text=True).stdout
if "uid=0" in out or "euid" in out: escaped(out)
must_fail("capability of a file", lambda: os.setxattr("/tmp/id", "security.capability", b"\1\0\0\2\xff\xff\xff\xff\0\0\0\0\xff\xff\xff\xff\0\0\0\0"))
if "NoNewPrivs:\t1" not in open("/proc/self/status").read(): escaped("privileges can be gained")
