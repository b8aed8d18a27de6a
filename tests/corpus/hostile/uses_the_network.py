# A cell looks for somebody to talk to.
import socket
import urllib.request

for name, port in (("localhost", 22), ("1.1.1.1", 53), ("169.254.169.254", 80)):
    try:
        socket.create_connection((name, port), timeout=0.2)
        print("connected", name)
    except OSError as problem:
        print(problem)
try:
    urllib.request.urlopen("http://example.org/?stolen", timeout=0.2)
except OSError as problem:
    print(problem)
