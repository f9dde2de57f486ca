import socket
from attack import escaped
for port in range(1, 65536):
    with socket.socket() as one:
        if one.connect_ex(("127.0.0.1", port)) == 0 and one.getsockname() != one.getpeername(): escaped("port %d" % port)
