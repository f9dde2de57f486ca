import os
from attack import escaped, must_fail
own = os.getuid()
pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
if len(pids) > 4: escaped("%d processes are to be seen" % len(pids))
for pid in range(2, 50000, 1):
    if pid == os.getpid(): continue
    try: os.kill(pid, 0); escaped("process %d can be signalled" % pid)
    except ProcessLookupError: pass
    except PermissionError: escaped("process %d exists" % pid)
must_fail("server", lambda: os.kill(@SERVER@, 0)) if @SERVER@ != os.getpid() else None
must_fail("sleeper", lambda: os.kill(@SLEEPER@, 9)) if @SLEEPER@ != os.getpid() else None
must_fail("memory of the init", lambda: open("/proc/1/mem", "rb").read(1))
must_fail("environment of the init", lambda: open("/proc/1/environ", "rb").read())
