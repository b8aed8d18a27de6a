# Bytes that are no message go out of the box.
import os

numbers = [number for number in range(3, 256) if os.path.exists(f"/proc/self/fd/{number}")]
sockets = [n for n in numbers if os.readlink(f"/proc/self/fd/{n}").startswith("socket")]

for number in sockets:
    os.write(number, b"garbage, and more of it than a message has at its head")
