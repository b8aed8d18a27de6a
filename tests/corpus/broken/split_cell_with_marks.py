# A task's cell was split in two, and both have the marks.
import copy

import nbformat


def submit(folder, work):
    cells = []
    for cell in work.cells:
        cells.append(cell)
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "softmax":
            first = copy.deepcopy(cell)
            first.source = "def helper():\n    return 1"
            cells.insert(-1, first)
    work.cells = cells
    nbformat.write(work, folder / "mini.ipynb")
