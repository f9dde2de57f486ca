import os
for i in range(100000): os.symlink(str(i + 1), "/tmp/%d" % i)
