import builtins, os, socket, sys
from attack import call, escaped
for folder, folders, files in os.walk("/"):
    if folder.startswith(("/proc", "/sys", "/usr")): folders[:] = []
    for name in files + folders:
        if "@MARK@" in name: escaped("a file is left: %s/%s" % (folder, name))
for number, arm, what in ((29, 194, "memory"), (68, 186, "a queue"), (64, 190, "semaphores")):
    if call(number, arm, 0x41544c52, 0, 0)[0] >= 0: escaped("%s of System V" % what)
if call(240, 180, b"mark-@MARK@", 0, 0, None)[0] >= 0: escaped("a queue of POSIX")
if "@MARK@" in open("/proc/net/unix").read(): escaped("a socket")
if "@MARK@" in open("/proc/sys/kernel/hostname").read(): escaped("the name of the host")
try: socket.create_connection(("127.0.0.1", 40123), 1); escaped("a server")
except OSError: pass
if hasattr(builtins, "marked") or hasattr(sys, "marked"): escaped("the interpreter remembers")
if len([name for name in os.listdir("/proc") if name.isdigit()]) > 3: escaped("processes")
