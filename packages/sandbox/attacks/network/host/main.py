import socket
from attack import escaped
for host in ("127.0.0.1", "::1", "0.0.0.0", "localhost", "::ffff:127.0.0.1", "127.1.2.3", "::"):
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as one:
                one.settimeout(1); one.connect((host, @PORT@)); escaped("%s of the host" % host)
        except OSError: pass
for path in ("@SOCKET@", "\0@ABSTRACT@", "/run/docker.sock", "/var/run/dbus/system_bus_socket", "/run/systemd/private", "/tmp/.s.PGSQL.5432"):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            with socket.socket(socket.AF_UNIX, kind) as one: one.connect(path); escaped(path)
        except OSError: pass
