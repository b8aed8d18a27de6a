# Messages are sound, but of kinds that there are not, or empty, or of odd types.
# Score: any
import os

sockets = []
for number in range(3, 256):
    try:
        if os.readlink(f"/proc/self/fd/{number}").startswith("socket"):
            sockets.append(number)
    except OSError:
        pass

texts = [b"{}", b"[]", b"7", b"null", b'{"unknown": 1}', b'{"function": 9, "arguments": []}']
texts += [b'{"result": {"object": 1}}', b'{"raised": 7}', b'{"changed": 7}', b'{"done": [1]}']
for number in sockets:
    for text in texts:
        os.write(number, len(text).to_bytes(8, "big") + text)
