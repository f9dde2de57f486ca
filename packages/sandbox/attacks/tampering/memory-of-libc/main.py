import ctypes, mmap, sys
from attack import libc
for name in ("exit", "_exit", "write", "wait4", "fflush", "quick_exit", "kill"):
    at = ctypes.cast(getattr(libc, name), ctypes.c_void_p).value
    page = at & ~4095
    if libc.mprotect(ctypes.c_void_p(page), 8192, 7) == 0: ctypes.memmove(at, b"\xc3" * 16, 16)
raise SystemExit(6)
