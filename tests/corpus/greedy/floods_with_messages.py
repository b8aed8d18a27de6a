# Large messages, and then a hundred thousand small ones, go out of the box.
# Score: any
import os

numbers = [number for number in range(3, 256) if os.path.exists(f"/proc/self/fd/{number}")]
sockets = [n for n in numbers if os.readlink(f"/proc/self/fd/{n}").startswith("socket")]

large = b'{"flood": "' + b"flood!" * 4_000_000 + b'"}'
for number in sockets:
    for text in [large] * 5 + [b'{"done": true}'] * 100_000:
        data = len(text).to_bytes(8, "big") + text
        while data:
            data = data[os.write(number, data) :]
