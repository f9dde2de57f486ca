import os, time
from attack import children, call, escaped
if call(101, 117, 0, 0, 0, 0)[0] == 0: escaped("PTRACE_TRACEME")
def seize(index):
    time.sleep(0.1)
    for pid in range(1, 60):
        if pid != os.getpid() and call(101, 117, 0x4206, pid, 0, 0)[0] == 0: escaped("process %d is debugged" % pid)
children(10, seize)
time.sleep(0.5)
