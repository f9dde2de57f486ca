import os
from attack import children
def look(start):
    i = 0
    while True:
        i += 1
        os.path.exists("/tmp/%d-%d-%s" % (start, i, "x" * 180)); os.path.exists("/usr/%d-%d" % (start, i))
children(3, look)
look(9)
