# Each process takes less memory than it may, and all together take more.
import os
import time

for _ in range(14):
    if not os.fork():
        taken = bytearray(os.urandom(1000)) * 100_000
        time.sleep(1000)
time.sleep(1000)
