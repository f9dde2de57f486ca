import os
depth = 0
try:
    while True:
        os.mkdir("d" * 60); os.chdir("d" * 60); depth += 1
        open("x", "w").write("x")
        if depth > 1000: break
except OSError: pass
os.chdir("/project")
try:
    for i in range(2000): open("f%d" % i, "w").write("x" * 1000)
except OSError: pass
