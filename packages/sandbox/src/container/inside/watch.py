"""Limits of a whole box on hosts that give us no control groups: looked at ten times a second, by the box's init.

Weaker than a group: a program can go over for a tenth of a second. What the kernel can hold, it holds beside this
(RLIMIT_NPROC, which counts per box because every box has a user namespace of its own, and RLIMIT_DATA).
"""

import os
import re
import resource

INTERVAL_MS = 100
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


class Watch:
    def __init__(self, limit_cpu_ms, limit_bytes):
        self.cpu_ms, self.bytes = limit_cpu_ms, limit_bytes
        self.peak = 0

    def exceeded(self):
        """The name of the limit that the box's processes are over together, or None."""
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit() and name != "1"]
        if cpu_ms(pids) >= self.cpu_ms:
            return "cpu"
        used = sum(private_bytes(pid) for pid in pids) + disk_bytes()
        if used > self.bytes:
            # Pages that processes share since a fork were counted once for each; now exactly, which takes longer.
            used = sum(proportional_bytes(pid) for pid in pids) + disk_bytes()
        self.peak = max(self.peak, used)
        return "oom" if used > self.bytes else None


def cpu_ms(pids):
    """Of the living with the children they waited for, and of the orphans that ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = (ended.ru_utime + ended.ru_stime) * 1000
    for pid in pids:
        fields = read("/proc/%d/stat" % pid).rpartition(")")[2].split()
        total += sum(int(ticks) for ticks in fields[11:15]) * _TICK_MS
    return total


def private_bytes(pid):
    fields = read("/proc/%d/statm" % pid).split()
    return (int(fields[1]) - int(fields[2])) * _PAGE if fields else 0


def proportional_bytes(pid):
    return sum(int(size) * 1024 for size in re.findall(r"^Pss_(?:Anon|Shmem): +(\d+)", read("/proc/%d/smaps_rollup" % pid), re.M))


def disk_bytes():
    space = os.statvfs("/project")
    return (space.f_blocks - space.f_bfree) * space.f_frsize


def read(path):
    """Empty for a process that has ended."""
    try:
        with open(path, encoding="latin-1") as file:
            return file.read()
    except OSError:
        return ""
