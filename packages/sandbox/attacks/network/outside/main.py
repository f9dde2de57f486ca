import socket
from attack import escaped
for target in (("169.254.169.254", 80), ("10.0.0.1", 80), ("192.168.0.1", 80), ("172.17.0.1", 2375), ("100.100.100.200", 80), ("192.0.2.1", 443), ("224.0.0.1", 5353), ("255.255.255.255", 67)):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            with socket.socket(socket.AF_INET, kind) as one:
                one.settimeout(0.5); one.connect(target); one.send(b"x"); escaped("%s %s" % target)
        except OSError: pass
for target in ("2001:db8::1", "fe80::1%lo", "fd00:ec2::254", "ff02::1", "64:ff9b::7f00:1"):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            with socket.socket(socket.AF_INET6, kind) as one:
                one.settimeout(0.5); one.connect((target, 80)); one.send(b"x"); escaped(target)
        except OSError: pass
for name in ("example.com", "metadata.google.internal", "host.docker.internal"):
    try: escaped("%s is %s" % (name, socket.getaddrinfo(name, 80)))
    except OSError: pass
