import fcntl, os, termios, time
from attack import children
def hold(_):
    os.setsid() if os.getpid() % 2 else None
    while True:
        try:
            termios.tcflow(1, termios.TCOOFF); os.write(1, b"x"); fcntl.ioctl(0, termios.TIOCNOTTY)
        except OSError: time.sleep(0.01)
children(10, hold)
time.sleep(0.2)
termios.tcflow(1, termios.TCOON)
