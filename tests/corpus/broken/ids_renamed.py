# Each cell has another name than it was given.
import nbformat


def submit(folder, work):
    for cell in work.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.grade_id += "-copy"
    nbformat.write(work, folder / "mini.ipynb")
