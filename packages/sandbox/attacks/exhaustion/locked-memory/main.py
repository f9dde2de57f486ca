import mmap
from attack import call, libc, escaped
memory = mmap.mmap(-1, 64_000_000)
if libc.mlockall(3) == 0: 
    more = bytearray(64_000_000)
    escaped("64 MB are locked") if call(149, 228, id(more), 64_000_000)[0] == 0 else None
raise SystemExit(1)
