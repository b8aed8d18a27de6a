# Files are written until nothing goes into the home folder and /tmp.
import os

for folder in (".", "/tmp", "/dev/shm", "/var/tmp", "/run"):
    for number in range(40):
        try:
            with open(f"{folder}/left-by-a-student-{number}", "wb") as file:
                file.write(os.urandom(1_000_000))
        except OSError as problem:
            print(problem)
