import os
from attack import escaped, refused
for path in ("/proc/kcore", "/proc/kmsg", "/dev/kmsg", "/dev/mem", "/dev/kmem", "/dev/port", "/proc/kpagecount", "/proc/kpageflags", "/sys/kernel/debug", "/sys/kernel/tracing", "/sys/firmware", "/proc/slabinfo", "/proc/vmallocinfo", "/proc/timer_list", "/proc/sched_debug", "/sys/kernel/btf/vmlinux", "/sys/kernel/notes"):
    try: data = open(path, "rb").read(64) if not os.path.isdir(path) else os.listdir(path)
    except OSError: continue
    if data: escaped("%s gives %.80r" % (path, data))
for path in ("/proc/kallsyms", "/proc/modules"):
    try: lines = open(path).read(100000).split("\n")
    except OSError: continue
    for line in lines:
        words = line.split()
        for word in words[:1] + words[-1:]:
            if len(word.replace("0x", "")) == 16 and int(word, 16) != 0 if all(c in "0123456789abcdefx" for c in word) else False:
                escaped("an address in %s" % path); break
        else: continue
        break
# The physical place of a page
try:
    file = os.open("/proc/self/pagemap", os.O_RDONLY)
    entries = os.pread(file, 8 * 16, (id(file) >> 12) * 8)
    for at in range(0, len(entries), 8):
        if int.from_bytes(entries[at:at + 8], "little") & ((1 << 55) - 1): escaped("a physical address"); break
except OSError: pass
refused("syslog", 103, 116, 3, b" " * 100, 100)
