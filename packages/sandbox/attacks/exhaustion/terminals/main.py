import os, time
from attack import children, escaped
def take(_):
    count = 0
    try:
        while True: os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY); count += 1
    except OSError: pass
    time.sleep(1)
children(8, take)
time.sleep(0.7)
count = len(os.listdir("/dev/pts"))
if count > 200: escaped("%d terminals at once" % count)
