import os, glob
print(dict(os.environ))
for file in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
    try: print(open(file, "rb").read())
    except OSError: pass
