"""One box's init: process 1, trusted, the parent of the program and its end.

It lives outside the box's cgroup, so that neither the limits nor the out-of-memory killer of the program can reach it, holds
no capability once the program may run, and cannot be looked into (not dumpable). The program does the building (program.py):
the less is done here, the less memory a box costs twice. Pipes:

    request   server → init   lines: "signal <number>", "limits <kind>=<value> ...", "watch <cpu ms> <bytes>",
                              "collect <bytes>\\0<path>\\0<path> ...", "terminal <columns> <rows>", "resize <columns> <rows>",
                              "artefacts <files>\\0<bytes>" and for each placed file "\\0<path>\\0<size>\\0<crc32>"
    word      program → init  "R" when the program stands ready, "E..." when our own part of it failed; closed at its start
    result    init → server   "R\\n" when ready, "K\\n" when what the program left behind is slow to die; at the end one line
                              of JSON, then the bytes of collected files and artefacts
"""

import json
import os
import resource
import select
import sys
import time

import artefacts
import kernel
import program
import terminal
import watch

_REAP_PAUSE_S = 0.002
_OWN_NAMESPACES = kernel.NEW_MOUNTS | kernel.NEW_NETWORK | kernel.NEW_IPC | kernel.NEW_UTS
_NAME = kernel.Name(b"init")


def split_ends(pipes):
    """The box's and the server's ends of control, input, output, error, request and result."""
    control, stdin, stdout, stderr, request, result = pipes
    inner = (control[0], stdin[0], stdout[1], stderr[1], request[0], result[1])
    outer = (control[1], stdin[1], stdout[0], stderr[0], request[1], result[0])
    return inner, outer


def run(config, name, slot, warmth, ends):
    """Everything in a new box, from the fork to the end. Never returns."""
    result = ends[5]
    try:
        Init(config, name, slot, warmth, ends).live()
    except BaseException as error:
        write_all(result, json.dumps({"fault": "%s: %s" % (type(error).__name__, error)}).encode() + b"\n")
    finally:
        os._exit(0)


class Init:
    def __init__(self, config, name, slot, warmth, ends):
        self.config, self.slot = config, slot
        self.request, self.result = ends[4:]
        self.collect = self.artefacts = self.terminal = self.fault = self.watch = self.stop = None
        self.buffer = b""
        # First of all: what is written before the fork is copied for the program as well, and then a second time here.
        self.word, word_write = os.pipe()
        kernel.unshare(_OWN_NAMESPACES)
        self.main = kernel.fork()
        if self.main == 0:
            program.run(config, name, slot, warmth, (*ends[:4], word_write))
        # The zygote's wake-up pipe is replaced by our own, under its number: the signal handler stays as it is.
        self.wake, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        os.dup2(wake_write, config["wake"], False)
        keep_only((self.request, self.result, self.wake, config["wake"], self.word))
        # Whatever we might still import must never come from the program's files.
        sys.path.remove(program.PROJECT)
        os.setsid()
        _NAME.set()

    def live(self):
        poll = select.poll()
        for source in (self.word, self.request, self.wake):
            poll.register(source, select.POLLIN)
        # The end of a program that did not live until we had our own wake-up pipe is noticed now.
        status = self.reap()
        while status is None:
            if self.terminal is not None:
                self.terminal.listen(poll)
            for source, _ in poll.poll(None if self.watch is None else watch.INTERVAL_MS):
                if source == self.wake:
                    drain(self.wake)
                    status = self.reap()
                elif source == self.word:
                    if not self.hear(os.read(self.word, 65536)):
                        poll.unregister(self.word)
                elif self.terminal is not None and self.terminal.move(poll, source):
                    pass
                elif not self.obey():
                    poll.unregister(self.request)
            if status is None and self.watch is not None and self.stop is None:
                self.stop = self.watch.exceeded()
                if self.stop is not None:
                    kernel.kill_all()
        self.finish(status)

    def reap(self):
        """Collects orphans; answers the main process's wait status once it has ended."""
        orphans = False
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == self.main:
                return status
            if pid == 0:
                break
            orphans = True
        if orphans:
            # A program that makes orphans as fast as it can shall not keep us, who are outside its CPU limit, busy.
            time.sleep(_REAP_PAUSE_S)
        return None

    def hear(self, data):
        if data == b"R":
            # The walls stand and nothing of the user is here yet: the moment to give up what we may do.
            program.become(self.config, self.slot)
            kernel.drop_capabilities()
            kernel.set_dumpable(False)
            write_all(self.result, b"R\n")
        elif data:
            self.fault = data[1:].decode("utf-8", "replace")
        return bool(data)

    def obey(self):
        data = os.read(self.request, 65536)
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        for line in lines:
            verb, _, rest = line.partition(b" ")
            if verb == b"signal":
                try:
                    os.killpg((self.terminal and self.terminal.front()) or self.main, int(rest))
                except ProcessLookupError:
                    pass
            elif verb == b"limits":
                program.limit(rest.decode().split(" "), self.main)
            elif verb == b"watch":
                self.watch = watch.Watch(*map(int, rest.split(b" ")))
            elif verb == b"collect":
                size, *paths = rest.decode().split("\0")
                self.collect = int(size), paths
            elif verb == b"artefacts":
                self.artefacts = artefacts.read_request(rest.decode().split("\0"))
            elif verb == b"terminal":
                self.terminal = terminal.Terminal(self.main, *map(int, rest.split(b" ")))
            elif verb == b"resize" and self.terminal is not None:
                self.terminal.resize(*map(int, rest.split(b" ")))
        return bool(data)

    def finish(self, status):
        space = os.statvfs(program.PROJECT)
        self.kill_rest()
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        resident = usage.ru_maxrss * 1024 if self.watch is None else max(usage.ru_maxrss * 1024, self.watch.peak)
        if self.terminal is not None:
            self.terminal.drain()
        more, opened, made, are_all = "", [], [], None
        if self.collect is not None and status == 0:
            size, paths = self.collect
            opened = [(path, *found) for path, found in ((path, open_collected(path, size)) for path in paths) if found]
        if self.artefacts is not None:
            made, are_all = artefacts.find(program.PROJECT, *self.artefacts)
        # The word may hold a fault that was written just before the end.
        if self.fault is None:
            self.hear(os.read(self.word, 65536))
        if opened or self.artefacts is not None or self.stop is not None or self.fault is not None:
            files = [[path, size, executable] for path, _, size, executable in opened]
            facts = {"files": files, "stop": self.stop, "fault": self.fault}
            if self.artefacts is not None:
                facts["artefacts"] = [[path, size, executable] for path, _, size, executable in made]
                facts["areAll"] = are_all
            more = "," + json.dumps({name: fact for name, fact in facts.items() if fact is not None})[1:-1]
        report = '{"status":%d,"cpuUs":%d,"residentBytes":%d,"full":%s%s}\n' % (
            status,
            (usage.ru_utime + usage.ru_stime) * 1_000_000,
            resident,
            "true" if space.f_bavail == 0 or space.f_favail == 0 else "false",
            more,
        )
        write_all(self.result, report.encode())
        for _, file, size, _ in opened + made:
            send_file(self.result, file, size)

    def kill_rest(self):
        """The end of the main process is the end of the box: a daemon must not outlive it."""
        told = False
        while kernel.kill_all():
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                if not told:
                    # A throttled group must run to die; the server lifts its CPU quota.
                    told = True
                    write_all(self.result, b"K\n")
                os.waitpid(-1, 0)


def open_collected(path, limit):
    """A regular file that is not a symbolic link and no larger than `limit`: (file, size, executable)."""
    try:
        file = os.open(os.path.join("/project", path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return None
    facts = os.fstat(file)
    if (facts.st_mode & 0o170000) != 0o100000 or facts.st_size > limit:
        os.close(file)
        return None
    return file, facts.st_size, bool(facts.st_mode & 0o100)


def send_file(target, file, size):
    """Exactly `size` bytes: everything that could change the file is dead."""
    sent = 0
    while sent < size:
        chunk = os.pread(file, min(65536, size - sent), sent) or bytes(min(65536, size - sent))
        write_all(target, chunk)
        sent += len(chunk)


def write_all(file, data):
    while data:
        data = data[os.write(file, data) :]


def drain(file):
    try:
        os.read(file, 4096)
    except BlockingIOError:
        pass


def keep_only(files):
    """Closes everything else, streams too: a box must not hold the pipes of another that is being opened."""
    low = 0
    for file in sorted(files):
        os.closerange(low, file)
        low = file + 1
    os.closerange(low, 1 << 20)
