# Bytes that are no message go out of the box.
import os

sockets = []
for number in range(3, 256):
    try:
        if os.readlink(f"/proc/self/fd/{number}").startswith("socket"):
            sockets.append(number)
    except OSError:
        pass

for number in sockets:
    os.write(number, b"garbage, and more of it than a message has at its head")
