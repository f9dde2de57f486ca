"""The guest agent: the trusted process inside a gVisor sandbox, an OCI container or a virtual machine.

Started as `agent.py IN OUT` (descriptor numbers, or one path twice), it waits for the server's word on its stream (stream.py):

    server → agent   open     {warmth, user, disk, groups, ...}: raise the walls, have a program stand ready
                     refresh  {entropy, clockMs}: after a virtual machine was resumed
                     rehearse {frame, file}: before start, where the processor is emulated
                     start    {limits, collect, artefacts, terminal, egress, ...}; the program's frame follows on a channel
                     signal   {number}      resize {columns, rows}
    agent → server   ready {}
                     dying {}: what the program left behind is slow to die
                     ended {status, cpuUs, residentBytes, full, ...}: after all output and all files
                     fault {text}

The program runs as another user, without capabilities, in a session of its own; nothing of ours is open in it. Its end is
learnt from wait(2), never from anything it says.
"""

import sys

PLAIN_MODULES = frozenset(sys.modules)

import os

sys.path.insert(1, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "inside"))

import base64
import gc
import json
import resource
import select
import signal
import time

import accounts
import artefacts
import box
import collector
import egress
import hiding
import keys
import kernel
import program
import python_end
import python_program
import ready
import rehearsal
import stream
import terminal
import walls
import watch

OURS = (accounts, artefacts, box, collector, egress, hiding, kernel, keys, program, python_end, python_program, ready, rehearsal, stream, terminal, walls, watch)
_REAP_PAUSE_S = 0.002


class Agent:
    def __init__(self, channel):
        self.stream = channel
        self.config = self.child = self.groups = self.watch = self.way_out = None
        # Where programs have a PID namespace of their own: its first process, and who will collect files.
        self.first = self.collector = None
        self.order = {}
        self.stop = self.fault = self.status = None
        self.sinks, self.sources = {}, {}
        self.wake, self.wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self.wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def live(self):
        while self.status is None:
            self.turn()
            if self.status is None and self.watch is not None and self.stop is None:
                self.stop = self.watch.exceeded()
                if self.stop is not None:
                    self.kill_all()
        self.finish()

    def turn(self, hears=True):
        """Waits for what can go on and lets it."""
        poll, doings = select.poll(), {}
        child = self.child

        def when(file, event, action):
            poll.register(file, event)
            doings[file] = action

        when(self.wake, select.POLLIN, self.reap)
        if hears:
            when(self.stream.source, select.POLLIN, self.hear)
        if child is not None and child.word is not None:
            when(child.word, select.POLLIN, self.listen)
        both = {}
        for pumps, event in ((self.sources, select.POLLIN), (self.sinks, select.POLLOUT)):
            for pump in pumps.values():
                if pump.wants:
                    both.setdefault(pump.file, []).append((event, pump))
        for file, entries in both.items():
            when(file, sum(event for event, _ in entries), lambda entries=entries: [pump.pump() for _, pump in entries if pump.wants])
        if self.way_out is not None:
            when(self.way_out.listener, select.POLLIN, self.connect)
        for file, _ in poll.poll(None if self.watch is None else watch.INTERVAL_MS):
            doings[file]()
        if self.way_out is not None:
            self.forget_ended()

    def hear(self):
        frames = self.stream.receive()
        if frames is None:
            os._exit(0)  # the server is gone: everything ends with process 1
        for kind, channel, data in frames:
            if kind == stream.SAY:
                message = json.loads(data)
                getattr(self, "on_" + message["say"])(message)
            elif kind == stream.CREDIT and channel in self.sources:
                self.sources[channel].credit += stream.count_of(data)
            elif kind == stream.DATA and channel in self.sinks:
                self.sinks[channel].push(data)
            elif kind == stream.END and channel in self.sinks:
                self.sinks[channel].end()
            elif kind == stream.CLOSE:
                self.drop(channel)

    def on_open(self, config):
        # Where Python found our modules; a program shall find its own.
        del sys.path[1]
        set_environment(config["environment"])
        if config["seccomp"] is not None:
            config["seccomp"] = kernel.Seccomp(base64.b64decode(config["seccomp"]))
        self.config = config
        self.groups = accounts.make(config["groups"], config["memoryBytes"], config["processes"])
        walls.raise_around(config)
        for name in config["preload"]:
            try:
                __import__(name)
            except ImportError:
                pass
        python_program.prepare(PLAIN_MODULES, [sys.modules[__name__], *OURS])
        walls.hide_ourselves(config)
        if config["groups"] == "pids":
            self.collector = collector.stand_ready(config)
            self.first = walls.hide_our_processes()
        gc.collect()
        gc.freeze()
        self.stand_ready()

    def on_refresh(self, message):
        walls.refresh(message)

    def on_rehearse(self, message):
        rehearsal.rehearse(self.config, message)

    def stand_ready(self):
        """A program that waits for its frame, in place of one that waited before."""
        old = self.child
        if old is not None:
            self.child = None
            old.discard()
        self.child = child = ready.Child(self.config, self.groups)
        self.attend()

    def attend(self):
        child = self.child
        self.sinks = {stream.PROGRAM: stream.Sink(self.stream, stream.PROGRAM, child.frame)}
        self.sinks[stream.STDIN] = stream.Sink(self.stream, stream.STDIN, child.stdin)
        self.sources = {stream.STDOUT: stream.Source(self.stream, stream.STDOUT, child.stdout)}
        if child.stderr is not None:
            self.sources[stream.STDERR] = stream.Source(self.stream, stream.STDERR, child.stderr)

    def listen(self):
        """The program's process says that it stands ready, or that our own part of it failed."""
        data = os.read(self.child.word, 65536)
        if data[:1] == b"R":
            if not self.order:
                self.stream.say(say="ready")
            data = data[1:]
        elif not data:
            os.close(self.child.word)
            self.child.word = None
        if data:
            self.fault = data[1:].decode("utf-8", "replace")

    def on_start(self, order):
        self.order = order
        disk, size = order["disk"], order["terminal"]
        self.groups.limit(order["memoryBytes"], order["processes"])
        if disk is not None:
            walls.mount_disk(self.config, disk)
            self.stand_ready()
        if size is not None:
            self.child.take_terminal(self.config["user"], *size)
            self.attend()
            if self.config["groups"] == "pids":
                self.sinks[stream.STDIN] = keys.Keyboard(self.stream, stream.STDIN, self.child)
        if self.config["warmth"] == "node":
            program.limit(order["limits"], self.child.pid)
        if order["watch"] is not None:
            self.watch = watch.Watch(*order["watch"])
        if order["egress"]:
            self.way_out = egress.WayOut()
        self.groups.begin()

    def on_signal(self, message):
        self.child.signal(message["number"])

    def on_resize(self, message):
        self.child.resize(message["columns"], message["rows"])

    def connect(self):
        connection = self.way_out.accept(len(self.sinks))
        if connection is None:
            return
        channel, file = connection
        self.stream.send(stream.OPEN, channel)
        self.sources[channel] = stream.Source(self.stream, channel, os.dup(file))
        self.sinks[channel] = egress.ConnectionSink(self.stream, channel, file)

    def forget_ended(self):
        for channel in [name for name in self.sinks if name >= stream.FIRST_OPENED]:
            if self.sinks[channel].file is None and self.sources[channel].file is None:
                self.drop(channel)

    def drop(self, channel):
        if channel >= stream.FIRST_OPENED:
            source, sink = self.sources.pop(channel, None), self.sinks.pop(channel, None)
            if source is not None:
                source.finish()
            if sink is not None:
                sink.close()

    def reap(self):
        try:
            os.read(self.wake, 4096)
        except BlockingIOError:
            pass
        orphans = False
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            if self.child is not None and pid == self.child.pid:
                self.status = status
                return
            orphans = True
        if orphans:
            # A program that makes orphans as fast as it can shall not keep us, whom no limit holds, busy.
            time.sleep(_REAP_PAUSE_S)

    def finish(self):
        """The end of the main process is the end of the box: nothing outlives it."""
        if not self.order:
            raise RuntimeError(self.fault or "the program that stood ready ended with status %d" % self.status)
        full = walls.is_full()
        self.kill_rest()
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.way_out = None
        for channel in [name for name in (*self.sources, *self.sinks) if name >= stream.FIRST_OPENED]:
            self.drop(channel)
        if self.child.word is not None:
            self.listen()
        self.watch = None
        self.child.close_terminal()
        self.drain(stream.STDOUT)
        self.drain(stream.STDERR)
        facts = {
            "status": self.status,
            "cpuUs": int((usage.ru_utime + usage.ru_stime) * 1_000_000),
            "residentBytes": usage.ru_maxrss * 1024,
            "full": full,
            **self.groups.facts(),
        }
        collecting = collector.begin(self.config, self.order, self.status, self.collector)
        if collecting is not None:
            self.sources[stream.FILES] = stream.Source(self.stream, stream.FILES, collecting)
            self.drain(stream.FILES)
        for name, fact in (("stop", self.stop), ("fault", self.fault)):
            if fact is not None:
                facts[name] = fact
        self.stream.say(say="ended", **facts)
        while True:
            self.turn()

    def kill_all(self):
        if self.first is None:
            kernel.kill_all()
        else:
            os.kill(self.first, signal.SIGKILL)

    def kill_rest(self):
        if self.first is not None:
            if sum(name.isdigit() for name in os.listdir("/proc")) > 1:
                self.stream.say(say="dying")
            self.kill_all()
            # With the first of a namespace, the kernel ends the others before it.
            os.waitpid(self.first, 0)
            return
        told = False
        while kernel.kill_all():
            try:
                if os.waitpid(-1, os.WNOHANG)[0] != 0:
                    continue
                if not told:
                    told = True
                    self.stream.say(say="dying")
                os.waitpid(-1, 0)
            except ChildProcessError:
                time.sleep(_REAP_PAUSE_S)

    def drain(self, channel):
        """Everything that holds the other end is dead, so there is an end; the server takes it at its pace."""
        source = self.sources.get(channel)
        if source is None:
            self.stream.send(stream.END, channel)
            return
        if channel != stream.FILES:
            os.set_blocking(source.file, False) if source.file is not None else None
        while source.file is not None:
            self.turn()


def set_environment(wanted):
    """As listed, in that order: a runtime may have added to it."""
    for name in list(os.environ):
        del os.environ[name]
    os.environ.update(wanted)


def main(source, target):
    if source.isdigit():
        files = os.dup(int(source)), os.dup(int(target))
    else:
        files = (os.open(source, os.O_RDWR),) * 2
    nothing = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1):
        os.dup2(nothing, standard, inheritable=True)
    os.umask(0)
    kernel.set_dumpable(False)
    channel = stream.Stream(*files)
    try:
        Agent(channel).live()
    except BaseException as error:
        channel.say(say="fault", text=("%s: %s" % (type(error).__name__, error))[:2000])
        os._exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:3])
