# A pipe, a file of a gigabyte, and files with odd names lie beside the notebook.
import os

import nbformat


def submit(folder, work):
    nbformat.write(work, folder / "mini.ipynb")
    os.mkfifo(folder / "timestamp.txt")
    with open(folder / "large.bin", "wb") as file:
        file.truncate(1_000_000_000)
    (folder / "checks.py").mkdir()
    (folder / "line\nbreak").touch()
    open(os.fsencode(folder) + b"/\xff\xfe.txt", "wb").close()
    for number in range(2000):
        (folder / f"{number}.txt").touch()
