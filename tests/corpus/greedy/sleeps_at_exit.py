# Handlers keep the process busy when it is told to end.
import atexit
import signal
import threading
import time

atexit.register(time.sleep, 1000)
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, lambda *args: time.sleep(1000))
threading.Thread(target=time.sleep, args=[1000]).start()
