import ctypes, socket, struct, time
from attack import children, escaped
code = struct.pack("HBBI", 0x30, 0, 0, 0) * 2000 + struct.pack("HBBI", 6, 0, 0, 0xffff)
memory = ctypes.create_string_buffer(code)
program = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(memory))
held = []
for option in (26, 51):
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try: one.setsockopt(socket.SOL_SOCKET, option, program); escaped("a socket has filter %d" % option)
    except OSError as error: print(error)
