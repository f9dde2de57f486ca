import os, struct
from attack import refused, call, escaped
for inode in (1, 2, 3, 128):
    handle = struct.pack("II", 8, 1) + struct.pack("II", inode, 0)
    refused("open_by_handle_at", 304, 265, os.open("/", 0), handle, 0)
