import resource, sys, threading
try: resource.setrlimit(resource.RLIMIT_STACK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
except (ValueError, OSError): pass
sys.setrecursionlimit(1 << 30)
threading.stack_size(1 << 30)
def deeper(): deeper()
def run():
    try: deeper()
    except RecursionError: pass
for _ in range(10):
    try: threading.Thread(target=run).start()
    except RuntimeError: pass
deeper()
