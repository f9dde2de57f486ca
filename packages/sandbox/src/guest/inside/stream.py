"""The one byte stream between the agent and the server, cut into frames and shared by channels.

A frame: kind (u8), channel (u16), length (u32), all big endian, then so many bytes. Kinds:

    SAY     channel 0: one JSON object
    DATA    bytes of a channel, at most 32 KB
    END     nothing more will come on this channel from this side
    CREDIT  u32: so many more bytes of this channel may be sent. Each side begins with WINDOW per channel, and may never
            send more than it was given: so neither side keeps more than that of a reader who is slow
    OPEN    a new channel in both directions, opened by the agent
    CLOSE   a channel is gone in both directions, at once

The server's side is guest/wire.ts and guest/channels.ts.
"""

import json
import os
import struct

SAY, DATA, END, CREDIT, OPEN, CLOSE = 1, 2, 3, 4, 5, 6
PROGRAM, STDIN, STDOUT, STDERR, FILES = 1, 2, 3, 4, 5
FIRST_OPENED, MOST_OPENED = 16, 64
WINDOW, PIECE = 131072, 32768
_MOST = 1 << 22
_HEAD = struct.Struct(">BHI")
_COUNT = struct.Struct(">I")


class Stream:
    """Writes block: the server always reads, and never gives more credit than it can keep."""

    def __init__(self, source, target):
        self.source, self._target = source, target
        self._buffer = bytearray()

    def send(self, kind, channel=0, data=b""):
        whole = _HEAD.pack(kind, channel, len(data)) + data
        while whole:
            whole = whole[os.write(self._target, whole) :]

    def say(self, **facts):
        self.send(SAY, 0, json.dumps(facts).encode())

    def credit(self, channel, count):
        self.send(CREDIT, channel, _COUNT.pack(count))

    def receive(self):
        """The frames that have arrived, or None at the end. Blocks only if nothing has arrived."""
        data = os.read(self.source, 65536)
        if not data:
            return None
        self._buffer += data
        frames, at = [], 0
        while len(self._buffer) - at >= _HEAD.size:
            kind, channel, length = _HEAD.unpack_from(self._buffer, at)
            if length > _MOST:
                raise ValueError("a frame of %d bytes" % length)
            end = at + _HEAD.size + length
            if len(self._buffer) < end:
                break
            frames.append((kind, channel, bytes(self._buffer[at + _HEAD.size : end])))
            at = end
        del self._buffer[:at]
        return frames


def count_of(data):
    return _COUNT.unpack(data)[0]


class Source:
    """A descriptor of ours that is read for the server, as far as it gave credit."""

    def __init__(self, stream, channel, file):
        self._stream, self._channel = stream, channel
        self.file, self.credit = file, WINDOW

    @property
    def wants(self):
        return self.file is not None and self.credit > 0

    def pump(self):
        """Reads once, when there is something; at the end says so."""
        try:
            data = os.read(self.file, min(PIECE, self.credit))
        except BlockingIOError:
            return
        except OSError:
            data = b""  # a terminal whose other side is gone, a connection that was reset
        if data:
            self.credit -= len(data)
            self._stream.send(DATA, self._channel, data)
        else:
            self.finish()

    def finish(self):
        if self.file is not None:
            os.close(self.file)
            self.file = None
            self._stream.send(END, self._channel)


class Sink:
    """A descriptor of ours that is written for the server; what it does not take at once waits here, at most WINDOW."""

    def __init__(self, stream, channel, file):
        self._stream, self._channel = stream, channel
        self.file = file
        self._waiting = bytearray()
        self._ended = False
        if file is not None:
            os.set_blocking(file, False)

    @property
    def wants(self):
        return self.file is not None and len(self._waiting) > 0

    def push(self, data):
        if len(self._waiting) + len(data) > WINDOW:
            raise ValueError("more than was given credit for")
        self._waiting += data
        self.pump()

    def pump(self):
        while self._waiting:
            written = len(self._waiting)
            if self.file is not None:
                try:
                    written = os.write(self.file, memoryview(self._waiting)[:65536])
                except BlockingIOError:
                    return
                except OSError:
                    self.close()  # nobody reads any more: what still comes is dropped
            del self._waiting[:written]
            self._stream.credit(self._channel, written)
        if self._ended:
            self.close()

    def end(self):
        self._ended = True
        if not self._waiting:
            self.close()

    def close(self):
        if self.file is not None:
            os.close(self.file)
            self.file = None
