# A cell writes wherever it may, and removes what it finds there.
import os
import shutil
from pathlib import Path

for place in (
    "/",
    "/tmp",
    "/etc",
    "/usr/bin",
    "/root",
    "/home",
    "/var/tmp",
    "COURSE",
    "COURSE/build",
):
    try:
        os.makedirs(place, exist_ok=True)
        Path(place, "left-by-a-student").write_text("here I was")
    except OSError as problem:
        print(problem)
for stage in ("source", "release", "submitted", "autograded"):
    shutil.rmtree(f"COURSE/build/{stage}", ignore_errors=True)
