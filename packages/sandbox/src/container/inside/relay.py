"""Carries connections from a box's loopback to the proxy of its execution: the one way out of a box, made only when asked for.

A child of the zygote, outside the box: the program can neither see nor signal it. It listens inside the box's network and
calls the proxy's socket by its path, which no box has. It looks at no byte that it carries. How much it can be kept busy is
bounded: connections at once and in all, and a pause after each; bytes per second are the proxy's affair.
"""

import os
import select
import signal
import socket

import kernel

SOCKETS = "/z/egress/"
_ADDRESS = ("127.0.0.1", 3128)
_AT_ONCE, _IN_ALL, _PAUSE_MS = 32, 1000, 5
_CHUNK = 65536


def run(config, init, name, is_ready):
    """Serves until it is killed. `is_ready` is called when the program may start. Never returns."""
    if "/" in name or name in ("", ".", ".."):
        raise ValueError("not the name of a socket")
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    kernel.enter(os.open("/proc/%d/ns/net" % init, os.O_RDONLY), kernel.NEW_NETWORK)
    listener = socket.create_server(_ADDRESS, backlog=_AT_ONCE)
    listener.setblocking(False)
    is_ready()
    keep_only(listener.fileno())
    kernel.drop_capabilities()
    kernel.set_dumpable(False)
    config["seccomp"].install()
    Relay(listener, SOCKETS + name).serve()


def keep_only(kept):
    """The zygote's channel and the pipes of other boxes are none of our business."""
    os.closerange(0, kept)
    os.closerange(kept + 1, 1 << 20)


class Way:
    """One direction of a connection. Holds what was read until it is written; reads on only then."""

    def __init__(self, source, target):
        self.source, self.target = source, target
        self.held, self.ended = b"", False

    def move(self):
        if not self.held and not self.ended:
            try:
                self.held = self.source.recv(_CHUNK)
                self.ended = not self.held
            except BlockingIOError:
                pass
        if self.held:
            try:
                self.held = self.held[self.target.send(self.held) :]
            except BlockingIOError:
                pass
        elif self.ended:
            self.target.shutdown(socket.SHUT_WR)

    @property
    def is_over(self):
        return self.ended and not self.held


class Relay:
    def __init__(self, listener, proxy):
        self.listener, self.proxy = listener, proxy
        self.pairs = []
        self.left = _IN_ALL

    def serve(self):
        while True:
            poll = select.poll()
            if self.left > 0 and len(self.pairs) < _AT_ONCE:
                poll.register(self.listener, select.POLLIN)
            wanted = {}
            for pair in self.pairs:
                for way in pair:
                    if way.held:
                        wanted[way.target.fileno()] = wanted.get(way.target.fileno(), 0) | select.POLLOUT
                    elif not way.ended:
                        wanted[way.source.fileno()] = wanted.get(way.source.fileno(), 0) | select.POLLIN
            for file, events in wanted.items():
                poll.register(file, events)
            ready = {file for file, _ in poll.poll()}
            if self.listener.fileno() in ready:
                self.accept()
            self.pairs = [pair for pair in self.pairs if self.carry(pair, ready)]

    def accept(self):
        try:
            inside, _ = self.listener.accept()
        except OSError:
            return
        self.left -= 1
        outside = socket.socket(socket.AF_UNIX)
        try:
            outside.connect(self.proxy)
        except OSError:
            inside.close()
            outside.close()
        else:
            for end in (inside, outside):
                end.setblocking(False)
            self.pairs.append((Way(inside, outside), Way(outside, inside)))
        # Whoever connects without pause keeps us busy outside of its own CPU limit.
        select.select([], [], [], _PAUSE_MS / 1000)

    def carry(self, pair, ready):
        """Whether the connection goes on."""
        try:
            for way in pair:
                if not way.is_over and (way.source.fileno() in ready or way.target.fileno() in ready):
                    way.move()
            if not all(way.is_over for way in pair):
                return True
        except OSError:
            pass
        pair[0].source.close()
        pair[0].target.close()
        return False
