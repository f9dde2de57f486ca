import os, time
from attack import children, escaped
def hold(_):
    count = 0
    try:
        while True: os.open("/dev/null", 0); count += 1
    except OSError: pass
    if count > 5000: escaped("%d open files" % count)
    time.sleep(1)
children(60, hold)
hold(0)
