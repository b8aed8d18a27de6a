# Thousands of files without content are made on the machine's own disk.
import re

for folder in set(re.findall(r"/tmp/box-\w+", open("/proc/self/mountinfo").read())):
    for number in range(20_000):
        open(f"{folder}/left-by-a-student-{number}", "wb").close()
