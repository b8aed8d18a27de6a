# A cell starts threads until it cannot, and keeps them.
import threading
import time

while True:
    threading.Thread(target=time.sleep, args=[1000], daemon=True).start()
