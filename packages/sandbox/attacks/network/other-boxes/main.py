import socket, time
server = socket.create_server(("0.0.0.0", 40777)); server.settimeout(0.3)
from attack import escaped
try: server.accept(); escaped("somebody came")
except TimeoutError: pass
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); one.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
for target in ("127.255.255.255", "255.255.255.255"):
    try: one.sendto(b"x", (target, 40777))
    except OSError: pass
