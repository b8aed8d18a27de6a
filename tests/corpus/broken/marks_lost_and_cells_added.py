# The marks of all cells are gone, and cells of the student's own stand between them.
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell


def submit(folder, work):
    cells = []
    for cell in work.cells:
        cell.metadata = {}
        cells += [new_code_cell("2 + 2"), cell, new_markdown_cell("My thoughts on this.")]
    work.cells = cells
    nbformat.write(work, folder / "mini.ipynb")
