# The notebook has no cells.
# Score: 0
import nbformat


def submit(folder, work):
    work.cells = []
    nbformat.write(work, folder / "mini.ipynb")
