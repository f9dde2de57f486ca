"""Looks around in the sandbox that it runs in, with no more rights than any program there, and prints what it sees as one
line of JSON. Then it waits for the end of its input, so that the host can look at it meanwhile.

Only os, sys and json, and nothing that a filter might kill: every fact that cannot be read is null.
"""

import json
import os
import sys

# What would matter if it could be written to, beside every mount and every folder at the top.
_PLACES = (
    "/etc/passwd /etc/ld.so.cache /usr/bin /usr/lib /atelier /atelier/bin /z /dev /dev/kmsg /dev/mem /dev/net/tun /dev/fuse"
    " /dev/kvm /proc/sys /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sys/vm/overcommit_memory"
    " /proc/sysrq-trigger /proc/kcore /proc/kmsg /proc/acpi /proc/mtrr /sys /sys/fs/cgroup /sys/kernel/uevent_helper"
    " /sys/firmware /run /var/run/docker.sock /run/docker.sock"
).split()
_SETS = {"CapInh": "inheritable", "CapPrm": "permitted", "CapEff": "effective", "CapBnd": "bounding", "CapAmb": "ambient"}


def attempt(read):
    try:
        return read()
    except Exception:
        return None


def text_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def status():
    lines = (line.partition(":") for line in text_of("/proc/self/status").splitlines())
    return {name: " ".join(value.split()) for name, _, value in lines}


def mounts():
    """The topmost mount of each place: those below it cannot be reached."""
    found = {}
    for line in text_of("/proc/self/mountinfo").splitlines():
        own, _, rest = line.partition(" - ")
        fields = own.split()
        kind, _, _ = rest.partition(" ")
        # Of the file system itself, only whether it is read-only says something about the wall.
        both = set(fields[5].split(",")) | ({"ro"} if "ro" in rest.split()[-1].split(",") else set())
        flags = sorted((both - {"rw"} if "ro" in both else both) & {"ro", "rw", "nosuid", "nodev", "noexec"})
        found[fields[4]] = {"at": fields[4], "kind": kind, "flags": flags}
    return sorted(found.values(), key=lambda mount: mount["at"])


def descriptors():
    """All but the one through which they were listed, which is gone by the time it is looked at."""
    found = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            found[name] = os.readlink("/proc/self/fd/" + name).split(":")[0]
        except FileNotFoundError:
            pass
    return found


def namespaces():
    return {name: attempt(lambda: os.readlink("/proc/self/ns/" + name)) for name in sorted(os.listdir("/proc/self/ns"))}


def writable():
    places = set(_PLACES) | {"/" + name for name in os.listdir("/")} | {"/"}
    places |= {mount["at"] for mount in attempt(mounts) or []}
    return sorted(place for place in places if os.path.exists(place) and not os.path.islink(place) and os.access(place, os.W_OK))


def limits():
    import resource

    names = ("CORE", "NOFILE", "MEMLOCK")
    return {name.lower(): resource.getrlimit(getattr(resource, "RLIMIT_" + name))[1] for name in names}


def interfaces():
    return sorted(line.partition(":")[0].strip() for line in text_of("/proc/net/dev").splitlines()[2:])


def devices():
    """Of /dev itself, without the links to a process's own streams."""
    return sorted(name for name in os.listdir("/dev") if not os.path.islink("/dev/" + name))


own = attempt(status) or {}
facts = {
    "pid": os.getpid(),
    "user": own.get("Uid") or "%d %d %d" % os.getresuid(),
    "group": own.get("Gid") or "%d %d %d" % os.getresgid(),
    "groups": attempt(lambda: sorted(map(str, os.getgroups()))),
    "capabilities": {meaning: own.get(name) for name, meaning in _SETS.items()},
    "noNewPrivileges": own.get("NoNewPrivs"),
    "seccomp": own.get("Seccomp"),
    "namespaces": attempt(namespaces),
    "mounts": attempt(mounts),
    "writable": attempt(writable),
    "descriptors": attempt(descriptors),
    "environment": sorted(os.environ),
    "interfaces": attempt(interfaces),
    "devices": attempt(devices),
    "processes": attempt(lambda: sum(name.isdigit() for name in os.listdir("/proc"))),
    "limits": attempt(limits),
    "hostname": attempt(lambda: os.uname().nodename),
}
print(json.dumps(facts), flush=True)
sys.stdin.read()
