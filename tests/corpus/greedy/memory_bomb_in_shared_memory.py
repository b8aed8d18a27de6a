# The memory is shared between processes, and so nobody's own.
import mmap
import os
import time

for _ in range(14):
    if not os.fork():
        taken = mmap.mmap(-1, 100_000_000)
        for start in range(0, 100_000_000, 4096):
            taken[start] = 1
        time.sleep(1000)
time.sleep(1000)
