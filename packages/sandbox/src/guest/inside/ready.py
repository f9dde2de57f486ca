"""A program that stands ready: forked from the agent, confined, its interpreter loaded, waiting for its frame.

What becomes of it then is the container driver's code (program.py, python_program.py, boot.cjs), unchanged.
Its descriptors while it waits: 0 to 2 the program's own, 3 the frame, 4 the word to the agent.
"""

import fcntl
import os
import resource
import signal
import struct
import sys
import termios
import time

import kernel
import program
import python_program
import terminal

_INSIDE = kernel.Name(b"program")


class Child:
    """The agent's side. With a terminal, `stdin` and `stdout` are both that, and `stderr` is None."""

    def __init__(self, config, groups):
        frame, word, stdin, stdout, stderr = (os.pipe() for _ in range(5))
        self.stdin, self.stdout, self.stderr = stdin[1], stdout[0], stderr[0]
        self.frame, self.word = frame[1], word[0]
        self.terminal = None
        inner = stdin[0], stdout[1], stderr[1], frame[0], word[1]
        self.pid = kernel.fork()
        if self.pid < 0:
            raise OSError("fork failed")
        if self.pid == 0:
            run(config, groups, inner)
        for end in inner:
            os.close(end)

    def take_terminal(self, user, columns, rows):
        """Instead of pipes. The first of this machine: the program, told of it in its frame, opens it by name."""
        for file in (self.stdin, self.stdout, self.stderr):
            os.close(file)
        # Our end of the other side stays open: the terminal never reads as closed while the program does without it for a moment.
        self.terminal, self.inside = os.openpty()
        os.fchown(self.inside, user, -1)
        os.set_blocking(self.terminal, False)
        self.resize(columns, rows)
        self.stdin, self.stdout, self.stderr = os.dup(self.terminal), os.dup(self.terminal), None

    def close_terminal(self):
        """When all that could write is dead: what was written can still be read."""
        if self.terminal is not None:
            os.close(self.inside)

    def signal(self, number):
        """To the foreground group, as a terminal would."""
        group = self.pid
        if self.terminal is not None:
            try:
                group = os.tcgetpgrp(self.terminal) or self.pid
            except OSError:
                pass
        try:
            os.killpg(group, number)
        except ProcessLookupError:
            pass

    def resize(self, columns, rows):
        if self.terminal is not None:
            fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def discard(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        for file in (self.stdin, self.stdout, self.stderr, self.frame, self.word):
            os.close(file)


def run(config, groups, ends):
    """Never returns."""
    word = ends[4]
    try:
        os.setsid()
        groups.join()
        for stream in ends[:3]:
            os.fchown(stream, config["user"], config["user"])
        # Above everything that is about to be overwritten.
        high = [fcntl.fcntl(end, fcntl.F_DUPFD, 64) for end in ends]
        for target, source in enumerate(high):
            os.dup2(source, target, inheritable=True)
        word = program.WORD
        os.closerange(5, 1 << 16)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        confine(config)
        warmth = config["warmth"]
        if warmth == "node":
            program.restore_signals()
            # Node looks for a package.json where it starts, and remembers that there is none: /project has no files yet.
            os.chdir("/")
            os.execve(config["node"], ["node", "main"], config["nodeEnvironment"])
        if warmth == "python":
            python_program.get_ready()
        os.write(word, b"R")
        frame = program.Frame(warmth == "python")
        os.close(program.FRAME)
        program.limit(frame.limits)
        if "terminal" in frame.wishes:
            terminal.take(time.sleep, time.monotonic)
        if warmth == "python" and python_program.suits(frame):
            # A virtual machine may have been copied since get_ready.
            reseed()
            os.close(word)
            python_program.run(frame)
        os.set_inheritable(word, False)
        program.execute(frame, config["environment"], warmth)
    except BaseException as error:
        try:
            os.write(word, ("E%s: %s" % (type(error).__name__, error)).encode("utf-8", "replace")[:4000])
        finally:
            os._exit(125)


def reseed():
    if "random" in sys.modules:
        sys.modules["random"].seed()


def confine(config):
    user = config["user"]
    try:
        program.write_file("/proc/self/oom_score_adj", "1000")
    except OSError:
        pass
    kernel.drop_bounding_set()
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    kernel.drop_capabilities(ambient=config["groups"] != "pids")  # gVisor knows none
    kernel.no_new_privileges()
    kernel.set_dumpable(True)
    os.umask(0o022)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))
    _INSIDE.set()
    os.chdir(program.PROJECT)
    if config["seccomp"] is not None:
        config["seccomp"].install()
