import os
file = os.open("/tmp/x", os.O_RDWR | os.O_CREAT)
for size in (1 << 62, 1 << 50, 1 << 40, 1 << 30):
    try: os.ftruncate(file, size); break
    except OSError: pass
os.posix_fallocate(file, 0, 1 << 40)
