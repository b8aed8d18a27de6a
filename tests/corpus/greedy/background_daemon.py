# A process leaves its session and its parents, and sleeps for a day.
import os
import time

if not os.fork():
    os.setsid()
    if not os.fork():
        time.sleep(86_400)
    os._exit(0)
