# A task's cell was split in two within the function's definition, and only the first has marks.
import nbformat


def submit(folder, work):
    cells = []
    for cell in work.cells:
        cells.append(cell)
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "softmax":
            head, body = cell.source.split("\n", 1)
            cell.source = "import numpy as np\n\nsmall = 0"
            cells.append(nbformat.v4.new_code_cell(f"{head}\n{body}"))
    work.cells = cells
    nbformat.write(work, folder / "mini.ipynb")
