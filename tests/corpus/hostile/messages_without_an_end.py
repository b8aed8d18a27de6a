# A message says that it is a million bytes long, and then nothing comes.
import os

sockets = []
for number in range(3, 256):
    try:
        if os.readlink(f"/proc/self/fd/{number}").startswith("socket"):
            sockets.append(number)
    except OSError:
        pass

for number in sockets:
    os.write(number, (1_000_000).to_bytes(8, "big"))
