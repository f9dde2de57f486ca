"""The one way out, inside: connections to the proxy's usual address become channels to the server, who has the proxy."""

import os
import socket

import stream

_ADDRESS = ("127.0.0.1", 3128)


class WayOut:
    def __init__(self):
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(_ADDRESS)
        self._socket.listen(16)
        self._socket.setblocking(False)
        self._next = stream.FIRST_OPENED

    @property
    def listener(self):
        return self._socket.fileno()

    def accept(self, count):
        """(channel, descriptor) of a new connection; None when there was none, or `count` are too many."""
        try:
            connection, _ = self._socket.accept()
        except OSError:
            return None
        if count >= stream.MOST_OPENED or self._next > 0xFFFF:
            connection.close()
            return None
        connection.setblocking(False)
        # Numbers are not used twice: what is still under way for the old channel shall not reach a new one.
        self._next += 1
        return self._next - 1, connection.detach()


class ConnectionSink(stream.Sink):
    """The end of what the proxy sends is told to the program, who may go on sending."""

    def close(self):
        if self.file is not None:
            try:
                end = socket.socket(fileno=os.dup(self.file))
                end.shutdown(socket.SHUT_WR)
                end.close()
            except OSError:
                pass
        # Not super(): from Python 3.13 on it does not see frames that are hidden (container/inside/hiding.py).
        stream.Sink.close(self)
