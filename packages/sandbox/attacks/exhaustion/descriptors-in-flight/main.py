import array, os, socket
sent = 0
held = []
try:
    while sent < 200000:
        a, b = socket.socketpair(); a.setblocking(False)
        try:
            while True:
                fds = array.array("i", [a.fileno(), b.fileno()] * 100)
                a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)]); sent += 200
        except (BlockingIOError, OSError): pass
        a.close(); b.close()
except OSError: pass
