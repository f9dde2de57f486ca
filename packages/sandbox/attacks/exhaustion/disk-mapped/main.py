import mmap, os
file = os.open("/tmp/x", os.O_RDWR | os.O_CREAT)
os.ftruncate(file, 60_000_000)
memory = mmap.mmap(file, 60_000_000)
for at in range(0, 60_000_000, 4096): memory[at] = 1
