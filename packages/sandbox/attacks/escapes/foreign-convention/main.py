import ctypes, mmap
# mov eax, 20 (getpid of i386); int 0x80; ret
memory = mmap.mmap(-1, 4096, prot=7)
memory.write(bytes([0xB8, 20, 0, 0, 0, 0xCD, 0x80, 0xC3]))
result = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))()
print("ESCAPED int 0x80 answered", result, flush=True)
