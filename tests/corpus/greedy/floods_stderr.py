# A cell writes to stderr, and past Python to the two streams of the process, for ever.
# Score: any
import os
import sys

while True:
    sys.stderr.write("flood " * 1000)
    os.write(1, b"flood " * 1000)
    os.write(2, b"flood " * 1000)
