import os, sys, threading
print("once", flush=True)
pid = os.fork()
if pid: os.waitpid(pid, 0); raise SystemExit(5)
raise SystemExit(0)
