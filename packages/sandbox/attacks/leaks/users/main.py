import os
from attack import escaped, must_fail
for line in open("/proc/self/uid_map"):
    if int(line.split()[2]) > 1: escaped("a map of users: " + line)
for identity in (0, 1, 33, 999, 1001, 65534, 1900000000, 1900000002):
    if identity == os.getuid(): continue
    must_fail("setuid %d" % identity, lambda: os.setresuid(identity, identity, identity))
    must_fail("setgid %d" % identity, lambda: os.setresgid(identity, identity, identity))
    must_fail("setgroups %d" % identity, lambda: os.setgroups([identity]))
    must_fail("chown %d" % identity, lambda: (open("/tmp/x", "w").close(), os.chown("/tmp/x", identity, identity)))
if os.getuid() == 0: escaped("it is root")
