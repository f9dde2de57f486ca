from attack import refused
for value in (0x0400000, 0x0200000, 0x0100000, 0x1000000, 0x4000000, 0x0800000): refused("personality %x" % value, 135, 92, value)
