# A task's function was split in its middle, so that neither part is whole; both have the marks.
import copy

import nbformat


def submit(folder, work):
    cells = []
    for cell in work.cells:
        cells.append(cell)
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "softmax":
            rest = copy.deepcopy(cell)
            cell.source, _, rest.source = cell.source.partition("\n")
            cells.append(rest)
    work.cells = cells
    nbformat.write(work, folder / "mini.ipynb")
