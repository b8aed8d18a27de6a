# Every cell is there twice, as copy and paste leaves it, with ids and marks.
import copy

import nbformat


def submit(folder, work):
    work.cells = [copy.deepcopy(cell) for cell in work.cells for _ in range(2)]
    nbformat.write(work, folder / "mini.ipynb")
