import os
from attack import must_fail, children
import time
must_fail("oom_score_adj", lambda: open("/proc/self/oom_score_adj", "wb", 0).write(b"-1000"))
for pid in os.listdir("/proc"):
    if pid.isdigit() and int(pid) != os.getpid():
        try: open("/proc/%s/oom_score_adj" % pid, "w").write("1000")
        except OSError: pass
children(20, lambda _: time.sleep(100))
held = []
while True: held.append(bytearray(8_000_000))
