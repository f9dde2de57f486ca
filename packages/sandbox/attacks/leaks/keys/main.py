from attack import escaped, refused
try: keys = open("/proc/keys").read()
except OSError: keys = ""
for line in keys.split("\n"):
    if line and "_ses" not in line and "_uid" not in line: escaped("a key: " + line)
refused("add_key", 248, 217, b"user", b"x", b"y", 1, -3)
refused("request_key", 249, 218, b"user", b"x", None, 0)
refused("keyctl", 250, 219, 0, -3, 1)
