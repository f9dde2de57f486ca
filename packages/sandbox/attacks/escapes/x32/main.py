from attack import libc
print("ESCAPED", libc.syscall(0x40000000 + 101, 0, 0, 0, 0), flush=True)
