import os, time
from attack import children
def orphan(_):
    if os.fork() == 0: time.sleep(0.05)
children(40, orphan)
time.sleep(0.5)
