import os, resource
from attack import call, escaped
init = os.getpriority(os.PRIO_PROCESS, 1)
for which in (os.PRIO_PGRP, os.PRIO_USER):
    for who in (0, 1, os.getuid()):
        try: os.setpriority(which, who, 15)
        except OSError: pass
for which in (1, 2, 3):
    for who in (1, os.getuid()): call(251, 30, which, who, 3 << 13)
if os.getpriority(os.PRIO_PROCESS, 1) != init or call(252, 31, 1, 1)[0] == 3 << 13: escaped("the init has another priority")
for pid in [1, 3, 100, @SERVER@, @SLEEPER@]:
    if pid == os.getpid(): continue
    for name, action in (("priority", lambda: os.setpriority(os.PRIO_PROCESS, pid, 19)), ("limits", lambda: resource.prlimit(pid, resource.RLIMIT_CPU, (1, 1))),
                         ("group", lambda: os.setpgid(pid, 0)), ("scheduler", lambda: os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0)))):
        try: action()
        except OSError: continue
        escaped("%s of process %d" % (name, pid))
