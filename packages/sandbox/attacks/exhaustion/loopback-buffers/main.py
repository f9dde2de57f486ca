import socket, time
server = socket.create_server(("127.0.0.1", 0), backlog=1000)
held = []
try:
    while True:
        one = socket.create_connection(server.getsockname()); other, _ = server.accept()
        held += [one, other]; one.setblocking(False)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30)
        try:
            while True: one.send(bytes(1 << 20))
        except BlockingIOError: pass
except OSError: pass
time.sleep(1)
