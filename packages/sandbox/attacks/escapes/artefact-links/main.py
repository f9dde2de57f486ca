import os
def plant(action, *words):
    try: action(*words)
    except OSError as error: print(error)
for name, target in (("shadow", "/etc/shadow"), ("canary", "@FILE@"), ("folder", "@FOLDER@"), ("root", "/"), ("self", "/proc/self/environ"), ("init", "/proc/1/mem"), ("zero", "/dev/zero"), ("loop", "loop")):
    plant(os.symlink, target, name)
plant(os.mkfifo, "fifo")
for name in ("a\nb", "-rf", "\x1b[31m", "..x", ".env", "x" * 255): open(name, "w").write("x")
for name in (b"\xff\xfe", b"\xc3\x28"): open(name, "w").write("x")
open("sparse", "w").close(); os.truncate("sparse", 1 << 40) if False else plant(os.truncate, "sparse", 60_000_000)
os.mkdir("closed"); open("closed/x", "w").write("x"); os.chmod("closed", 0)
open("unreadable", "w").write("x"); os.chmod("unreadable", 0)
