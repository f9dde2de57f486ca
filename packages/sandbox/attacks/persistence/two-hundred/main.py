import os
from attack import escaped
for folder in ("/project", "/tmp", "/dev/shm"):
    for name in os.listdir(folder):
        if name.startswith("mark"): escaped("a file of another: %s/%s" % (folder, name))
    open(folder + "/mark-%d" % os.getpid(), "w").write("x")
