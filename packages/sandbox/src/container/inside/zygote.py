"""The zygote: one trusted process per root filesystem that forks a single-use box for every execution.

It runs as process 1 of a bubblewrap sandbox, with capabilities that count only inside that sandbox's user namespace, and
talks to the server in lines over file descriptor 3:

    server → zygote   {...}                      once: the configuration
                      open <id> <slot> <warmth>  fork a box
                      taken <id>                 the server has opened its ends of the box's pipes
                      disk <id> <bytes> <files>  resize the writable folders of a box that has not started
                      egress <id> <socket>        open the way out of a box that has not started (relay.py)
                      kill <id>
    zygote → server   ready
                      box <id> <pid> <fd> ...    the server's pipe ends, to be opened as /proc/<zygote>/fd/<fd>
                      sized <id>
                      routed <id>
                      gone <id>                  the box's init was reaped: nothing of the box is alive
                      fault <id> <message>

Nothing secret may ever be in this process: every program inherits a copy of its memory.

Speed: a fork costs what it later touches. Every page of memory that a child writes is copied, and in Python a look at an
object writes its reference count. So whatever can be done here once is not done in children, and children look at little.
"""

import sys

PLAIN_MODULES = frozenset(sys.modules)

import base64
import gc
import json
import os
import select
import signal

import artefacts
import box
import hiding
import kernel
import program
import python_end
import python_program
import relay
import terminal
import watch

CHANNEL = 3


class Zygote:
    def __init__(self):
        self.buffer = b""
        self.pids = {}
        self.relays = {}
        self.ends = {}
        self.own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY)
        self.wake, self.wake_write = os.pipe()
        os.set_blocking(self.wake, False)
        os.set_blocking(self.wake_write, False)
        signal.set_wakeup_fd(self.wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, wake_up)
        # A signal reaches the init of a box only where it has a handler: it shall have none but this one.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def say(self, *words):
        os.write(CHANNEL, (" ".join(str(word) for word in words) + "\n").encode())

    def lines(self):
        """Reads what has arrived; the server's end is the only reason to live."""
        data = os.read(CHANNEL, 65536)
        if not data:
            os._exit(0)
        *complete, self.buffer = (self.buffer + data).split(b"\n")
        return [line.decode() for line in complete]

    def configure(self):
        lines = []
        while not lines:
            lines = self.lines()
        config = json.loads(lines[0])
        config["seccomp"] = kernel.Seccomp(base64.b64decode(config["seccomp"]))
        config["wake"] = self.wake_write
        self.config = config
        for name in config["preload"]:
            try:
                __import__(name)
            except ImportError:
                pass
        # Children inherit all three; privileges in force now stay, since nothing here ever calls exec.
        kernel.drop_bounding_set()
        kernel.no_new_privileges()
        os.umask(0)
        ours = [artefacts, box, hiding, kernel, program, python_end, python_program, relay, terminal, watch]
        python_program.prepare(PLAIN_MODULES, [sys.modules[__name__], *ours])
        look_up_names(ours)
        # What is frozen is never traversed again, so collections in children do not copy our pages.
        gc.collect()
        gc.freeze()
        self.say("ready")
        for line in lines[1:]:
            self.obey(line)

    def serve(self):
        poll = select.poll()
        poll.register(CHANNEL, select.POLLIN)
        poll.register(self.wake, select.POLLIN)
        while True:
            for source, _ in poll.poll():
                if source == CHANNEL:
                    for line in self.lines():
                        self.obey(line)
                else:
                    os.read(self.wake, 4096)
                    self.reap()

    def reap(self):
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            name = self.pids.pop(pid, None)
            if name is not None:
                self.close_ends(name)
                relaying = self.relays.pop(name, None)
                if relaying is not None:
                    os.kill(relaying, signal.SIGKILL)
                self.say("gone", name)

    def obey(self, line):
        verb, name, *rest = line.split(" ")
        if verb == "open":
            try:
                self.open(name, int(rest[0]), rest[1])
            except OSError as error:
                self.close_ends(name)
                self.say("fault", name, error)
        elif verb == "taken":
            self.close_ends(name)
        elif verb == "disk":
            self.resize(name, int(rest[0]), int(rest[1]))
        elif verb == "egress":
            self.route(name, rest[0])
        elif verb == "kill":
            for pid in [pid for pid, owner in self.pids.items() if owner == name]:
                os.kill(pid, signal.SIGKILL)

    def close_ends(self, name):
        for end in self.ends.pop(name, ()):
            os.close(end)

    def open(self, name, slot, warmth):
        pipes = [os.pipe() for _ in range(6)]
        inner, outer = box.split_ends(pipes)
        self.ends[name] = (*inner, *outer)
        kernel.unshare(kernel.NEW_PIDS)
        try:
            pid = kernel.fork()
            if pid < 0:
                raise OSError("fork failed")
            if pid == 0:
                box.run(self.config, name, slot, warmth, inner)
        finally:
            kernel.enter(self.own_pids, kernel.NEW_PIDS)
        self.pids[pid] = name
        for end in inner:
            os.close(end)
        self.ends[name] = outer
        self.say("box", name, pid, *outer)

    def resize(self, name, size, files):
        """In a process of its own: the one way to act inside the box's mounts without staying there."""
        for init in [pid for pid, owner in self.pids.items() if owner == name]:
            pid = kernel.fork()
            if pid == 0:
                try:
                    kernel.enter(os.open("/proc/%d/ns/mnt" % init, os.O_RDONLY), kernel.NEW_MOUNTS)
                    program.mount_disk(b"/project", size, files, kernel.REMOUNT)
                    self.say("sized", name)
                except OSError as error:
                    self.say("fault", name, error)
                finally:
                    os._exit(0)

    def route(self, name, address):
        for init in [pid for pid, owner in self.pids.items() if owner == name]:
            pid = kernel.fork()
            if pid == 0:
                try:
                    relay.run(self.config, init, address, lambda: self.say("routed", name))
                except (OSError, ValueError) as error:
                    self.say("fault", name, error)
                finally:
                    os._exit(0)
            self.relays[name] = pid


def look_up_names(modules):
    """
    Python keeps one table of what it has found, or not found, as an attribute of which type. A name that it lacks costs every
    fork three pages of memory: that of the table, of the name, and of the name that was there before (docs/decisions/0018).
    """
    names = {name for module in modules for code in hiding.codes_of(module) for name in code.co_names}
    ours = [sys, object.__new__(box.Init), object.__new__(program.Frame)]
    theirs = [b"", "", [], {}, (), 0, frozenset(), select.poll(), sys.stdout, os.environ, program.__loader__]
    for name in names:
        for thing in ours + [thing for thing in theirs if any(name in vars(kind) for kind in type(thing).__mro__)]:
            getattr(thing, name, None)


def wake_up(*_):
    """The byte written to the wake-up descriptor is the message."""


if __name__ == "__main__":
    zygote = Zygote()
    zygote.configure()
    zygote.serve()
