import time, os
time.sleep(0.3)
from attack import escaped
if [name for name in os.listdir("/proc") if name.isdigit() and name not in ("1", "2")]: escaped("processes")
