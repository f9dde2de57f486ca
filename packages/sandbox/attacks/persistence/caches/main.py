import os, sys, glob
from attack import escaped
for folder in sys.path + glob.glob("/usr/lib/python3*/__pycache__") + ["/usr/local/lib", os.path.expanduser("~/.local/lib/python3/site-packages"), "/etc/profile.d", "/usr/share/nodejs", "/usr/local/go"]:
    if folder.startswith(("/project", "/tmp")): continue
    try:
        open(os.path.join(folder, "evil.py"), "w").write("print(1)"); escaped("%s can be written" % folder)
    except OSError: pass
