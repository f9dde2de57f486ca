import os, resource, signal
from attack import must_fail, refused
for number in range(1, 65): must_fail("signal %d to process 1" % number, lambda: os.kill(1, number))
for kind in range(16): must_fail("limit %d of process 1" % kind, lambda: resource.prlimit(1, kind, (0, 0)))
must_fail("scheduling of process 1", lambda: os.sched_setaffinity(1, {0})) if os.stat("/proc/1").st_uid != os.getuid() else None
refused("pidfd_send_signal", 424, 424, 0, 9, 0, 0)
refused("process_madvise", 440, 440, 0, 0, 0, 0, 0)
refused("process_mrelease", 448, 448, 0, 0)
