# A cell reads the gradebook and the log of the course.
from pathlib import Path

for name in ("gradebook.db", "course.log", "grades.csv"):
    try:
        print(Path("COURSE/build", name).read_bytes())
    except OSError as problem:
        print(problem)
