"""Limits and figures of a whole box that the inside can hold: control groups of the guest's own kernel.

    v2      a virtual machine: memory, processes and CPU time, as on a host
    pids    gVisor: processes; the host's groups hold the rest
    none    the host's groups hold everything, or the agent's watch does
"""

import os

import kernel

_PLACE = "/z/groups"


def make(kind, memory_bytes, processes):
    accounts = {"v2": Version2, "pids": Processes, "none": Nothing}[kind]()
    accounts.limit(memory_bytes, processes)
    return accounts


class Nothing:
    def limit(self, memory_bytes, processes):
        pass

    def join(self):
        """By the program's process itself."""

    def begin(self):
        """What was used until now is not the program's."""

    def facts(self):
        return {}


class Group(Nothing):
    def __init__(self, kind, options):
        os.makedirs(_PLACE, exist_ok=True)
        kernel.mount(b"cgroup", _PLACE.encode(), kind, kernel.NO_SETUID | kernel.NO_DEVICES | kernel.NO_EXEC, options)
        self.prepare()
        os.mkdir(_PLACE + "/box")
        # By descriptor: the place is hidden before a program runs.
        self._folder = os.open(_PLACE + "/box", os.O_DIRECTORY | os.O_RDONLY)

    def prepare(self):
        pass

    def join(self):
        self.write("cgroup.procs", "0")

    def write(self, name, text):
        file = os.open(name, os.O_WRONLY, dir_fd=self._folder)
        try:
            os.write(file, text.encode())
        finally:
            os.close(file)

    def read(self, name):
        try:
            file = os.open(name, os.O_RDONLY, dir_fd=self._folder)
        except OSError:
            return ""
        try:
            return os.read(file, 65536).decode()
        finally:
            os.close(file)

    def field(self, name, wanted):
        for line in self.read(name).splitlines():
            key, _, value = line.partition(" ")
            if key == wanted:
                return int(value)
        return 0


class Processes(Group):
    def __init__(self):
        super().__init__(b"cgroup", b"pids")

    def join(self):
        self.write("cgroup.procs", str(os.getpid()))

    def limit(self, memory_bytes, processes):
        self.write("pids.max", str(processes))


class Version2(Group):
    def __init__(self):
        self._cpu_before = 0
        super().__init__(b"cgroup2", None)

    def prepare(self):
        with open(_PLACE + "/cgroup.subtree_control", "w") as file:
            file.write("+memory +pids +cpu")

    def limit(self, memory_bytes, processes):
        self.write("memory.max", str(memory_bytes))
        self.write("memory.oom.group", "1")
        self.write("pids.max", str(processes))

    def begin(self):
        self._cpu_before = self.field("cpu.stat", "usage_usec")

    def facts(self):
        return {
            "groupCpuUs": self.field("cpu.stat", "usage_usec") - self._cpu_before,
            "peakBytes": int(self.read("memory.peak") or self.read("memory.current") or 0),
            "outOfMemory": self.field("memory.events", "oom_kill"),
            "refusedForks": self.field("pids.events", "max"),
        }
