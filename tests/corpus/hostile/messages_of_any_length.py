# A message says that it is longer than all memory.
import os

sockets = []
for number in range(3, 256):
    try:
        if os.readlink(f"/proc/self/fd/{number}").startswith("socket"):
            sockets.append(number)
    except OSError:
        pass

for number in sockets:
    os.write(number, b"\xff" * 8)
