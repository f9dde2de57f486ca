"""A terminal between the program and the server's two pipes, kept by the box's init.

The init opens the program's pipes once more (through /proc, before any user code) and the master of the first terminal of
this box; the program waits for that one to be there, and takes it as its own. What is under way is bounded by two buffers:
while one is full, its source is not read.
"""

import errno
import fcntl
import os
import select
import struct
import termios

_SLAVE = "/dev/pts/0"
_UNLOCK = 0x40045431  # TIOCSPTLCK
_CHUNK = 65536
_END_OF_INPUT = b"\x04"
_WAIT_FOR_MASTER_S, _PAUSE_S = 5, 0.001


class Terminal:
    def __init__(self, main, columns, rows):
        self.input = os.open("/proc/%d/fd/0" % main, os.O_RDONLY | os.O_NONBLOCK)
        self.output = os.open("/proc/%d/fd/1" % main, os.O_WRONLY | os.O_NONBLOCK)
        self.typed = self.shown = b""
        self.master = os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self.resize(columns, rows)
        fcntl.ioctl(self.master, _UNLOCK, struct.pack("i", 0))
        # Held open, so that the master never reads as closed while the program does without its streams for a moment.
        self.slave = os.open(_SLAVE, os.O_RDWR | os.O_NOCTTY)

    def resize(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))

    def front(self):
        """The process group that keys would reach, or None."""
        try:
            return struct.unpack("i", fcntl.ioctl(self.master, termios.TIOCGPGRP, bytes(4)))[0] or None
        except OSError:
            return None

    def listen(self, poll):
        """Says what this terminal waits for now."""
        master = (select.POLLIN if not self.shown else 0) | (select.POLLOUT if self.typed else 0)
        for file, events in (
            (self.master, master),
            (self.input, select.POLLIN if not self.typed else 0),
            (self.output, select.POLLOUT if self.shown else 0),
        ):
            if file is None:
                continue
            if events:
                poll.register(file, events)
            else:
                unregister(poll, file)

    def move(self, poll, source):
        """True when `source` was one of ours: what can be moved without waiting was moved."""
        if source not in (self.master, self.input, self.output):
            return False
        if source == self.input:
            self.take_input(poll)
        elif source == self.master:
            if not self.shown:
                self.take_output()
            self.pass_typed()
        self.pass_shown()
        return True

    def take_input(self, poll):
        try:
            self.typed = os.read(self.input, 4096)
        except BlockingIOError:
            return
        if not self.typed:
            self.typed = _END_OF_INPUT
            unregister(poll, self.input)
            os.close(self.input)
            self.input = None
        self.pass_typed()

    def pass_typed(self):
        if self.typed:
            try:
                self.typed = self.typed[os.write(self.master, self.typed) :]
            except BlockingIOError:
                pass
            except OSError:
                self.typed = b""

    def take_output(self):
        try:
            self.shown = os.read(self.master, _CHUNK)
        except BlockingIOError:
            pass

    def pass_shown(self):
        try:
            if self.shown:
                self.shown = self.shown[os.write(self.output, self.shown) :]
        except BlockingIOError:
            pass
        except OSError:
            self.shown = b""

    def drain(self):
        """At the end, when all that could write is dead: the rest, at the pace of the reader."""
        os.close(self.slave)
        os.set_blocking(self.master, True)
        os.set_blocking(self.output, True)
        try:
            while True:
                while self.shown:
                    self.shown = self.shown[os.write(self.output, self.shown) :]
                self.shown = os.read(self.master, _CHUNK)
        except OSError:
            # EIO: that was all. EPIPE: nobody wants it.
            return


def unregister(poll, file):
    try:
        poll.unregister(file)
    except KeyError:
        pass


def take(sleep, now):
    """In the program's process: makes the terminal its controlling one and its three streams."""
    until = now() + _WAIT_FOR_MASTER_S
    while True:
        try:
            slave = os.open(_SLAVE, os.O_RDWR)
            break
        except OSError as error:
            # Not made yet, or not unlocked yet.
            if error.errno not in (errno.ENOENT, errno.EIO) or now() > until:
                raise
        sleep(_PAUSE_S)
    for stream in (0, 1, 2):
        os.dup2(slave, stream, inheritable=True)
    if slave > 2:
        os.close(slave)
