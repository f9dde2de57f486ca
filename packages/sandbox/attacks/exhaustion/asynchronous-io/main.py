import ctypes, time
from attack import call, children, escaped
def take(_):
    total = 0
    while True:
        context = ctypes.c_ulong(0)
        if call(206, 0, 1000, ctypes.byref(context))[1]: break
        total += 1000
    if total: escaped("%d events are reserved, of a number that the whole machine shares" % total)
    time.sleep(0.5)
take(0)
