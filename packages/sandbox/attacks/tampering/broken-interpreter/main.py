import ctypes
ctypes.memset(id(None), 0, 16)
ctypes.memset(id(object), 0, 400)
