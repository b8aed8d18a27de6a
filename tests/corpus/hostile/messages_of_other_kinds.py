# Messages are sound, but of kinds that there are not, or empty, or of odd types.
# Score: any
import os

numbers = [number for number in range(3, 256) if os.path.exists(f"/proc/self/fd/{number}")]
sockets = [n for n in numbers if os.readlink(f"/proc/self/fd/{n}").startswith("socket")]

texts = [b"{}", b"[]", b"7", b"null", b'{"unknown": 1}', b'{"function": 9, "arguments": []}']
texts += [b'{"result": {"object": 1}}', b'{"raised": 7}', b'{"changed": 7}', b'{"done": [1]}']
for number in sockets:
    for text in texts:
        os.write(number, len(text).to_bytes(8, "big") + text)
