# The source of cells is a number, a list of numbers, and nothing.
# Score: 0
import json


def submit(folder, work):
    for cell, source in zip(work.cells[2:], [7, [1, 2], None, {"a": 1}, [["x"]]], strict=False):
        cell["source"] = source
    (folder / "mini.ipynb").write_text(json.dumps(work))
