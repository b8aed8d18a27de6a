# The checks and the cells that the teacher gives are gone.
import nbformat


def submit(folder, work):
    work.cells = [c for c in work.cells if c.metadata.get("nbgrader", {}).get("solution")]
    nbformat.write(work, folder / "mini.ipynb")
