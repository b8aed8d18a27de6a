# A message says that it is a million bytes long, and then nothing comes.
import os

numbers = [number for number in range(3, 256) if os.path.exists(f"/proc/self/fd/{number}")]
sockets = [n for n in numbers if os.readlink(f"/proc/self/fd/{n}").startswith("socket")]

for number in sockets:
    os.write(number, (1_000_000).to_bytes(8, "big"))
