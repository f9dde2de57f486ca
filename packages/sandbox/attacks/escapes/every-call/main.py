import os, signal
from attack import call
for values in ((0, 0, 0, 0, 0, 0), (-1, -1, -1, -1, -1, -1), (1, 0x7fffffff, 1 << 63, 1, 1, 1)):
    for number in range(0, 470):
        if number in (34, 61, 247, 7, 23, 35, 128, 130, 202, 230, 232, 270, 271, 281, 219, 0, 449, 455): continue
        try: pid = os.fork()
        except OSError: continue
        if pid == 0:
            signal.alarm(1)
            call(number, number, *values)
            os._exit(0)
        for _ in range(200):
            if os.waitpid(pid, os.WNOHANG)[0]: break
            os.sched_yield()
        else:
            os.kill(pid, 9); os.waitpid(pid, 0)
