import os, threading, time
def later():
    time.sleep(0.1); os._exit(8)
threading.Thread(target=later, daemon=False).start()
raise SystemExit(3)
