import os
while True:
    try: pid = os.fork()
    except OSError: os.wait(); continue
    if pid == 0:
        for _ in range(20000): pass
        os._exit(0)
    try:
        while os.waitpid(-1, os.WNOHANG)[0]: pass
    except ChildProcessError: pass
