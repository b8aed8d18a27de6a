# A cell prints the environment and the arguments of every process that it can see.
import os
from pathlib import Path

print(os.environ)
for path in [*Path("/proc").glob("*/environ"), *Path("/proc").glob("*/cmdline")]:
    try:
        print(path, path.read_bytes())
    except OSError as problem:
        print(problem)
