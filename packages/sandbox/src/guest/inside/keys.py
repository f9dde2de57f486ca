"""Keys that are signals, for gVisor: its terminals send the signal, and then hand the key to the program all the same."""

import signal
import termios

import stream

_SIGNALS = ((termios.VINTR, signal.SIGINT), (termios.VQUIT, signal.SIGQUIT), (termios.VSUSP, signal.SIGTSTP))
_LOCAL_FLAGS, _CHARACTERS = 3, 6


class Keyboard(stream.Sink):
    def __init__(self, channel_stream, channel, child):
        # Not super(): from Python 3.13 on it does not see frames that are hidden (container/inside/hiding.py).
        stream.Sink.__init__(self, channel_stream, channel, child.stdin)
        self._child = child

    def push(self, data):
        for key in self.signals_in(data):
            before, data = data.split(key, 1)
            stream.Sink.push(self, before)
            self._child.signal(self.signals[key])
            self._stream.credit(self._channel, 1)
        stream.Sink.push(self, data)

    def signals_in(self, data):
        """The keys among what was typed, in order, as the program's terminal is set now."""
        try:
            attributes = termios.tcgetattr(self._child.inside)
        except termios.error:
            return []
        if not attributes[_LOCAL_FLAGS] & termios.ISIG:
            return []
        self.signals = {attributes[_CHARACTERS][at]: number for at, number in _SIGNALS if attributes[_CHARACTERS][at] != b"\0"}
        return [data[at : at + 1] for at in range(len(data)) if data[at : at + 1] in self.signals]
