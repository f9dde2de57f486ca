import mmap, time
from attack import children
def hold(_):
    held = []
    try:
        while True: held.append(mmap.mmap(-1, 4096, prot=1 + 2 * (len(held) % 2)))
    except OSError: pass
    time.sleep(1)
children(20, hold)
hold(0)
