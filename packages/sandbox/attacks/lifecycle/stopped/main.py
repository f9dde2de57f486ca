import os, signal
from attack import children
children(10, lambda _: os.kill(os.getpid(), signal.SIGSTOP))
os.kill(os.getpid(), signal.SIGSTOP)
