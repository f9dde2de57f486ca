import os
from attack import escaped
for line in open("/proc/self/mounts"):
    _, place, kind, *_ = line.split()
    if kind.startswith("cgroup"): escaped("control groups at " + place)
for root in ("/sys/fs/cgroup", "/z/cgroups", "/cgroup"):
    for folder, folders, files in os.walk(root):
        for name in files:
            if name in ("release_agent", "notify_on_release", "cgroup.procs", "tasks", "memory.limit_in_bytes", "memory.max", "pids.max", "cpu.cfs_quota_us"):
                try: os.open(os.path.join(folder, name), os.O_WRONLY); escaped(os.path.join(folder, name))
                except OSError: pass
