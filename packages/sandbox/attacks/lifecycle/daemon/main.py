import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.chdir("/")
        while True: time.sleep(1)
    os._exit(0)
print("done")
