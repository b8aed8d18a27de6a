# The cells stand in reverse order.
import nbformat


def submit(folder, work):
    work.cells.reverse()
    nbformat.write(work, folder / "mini.ipynb")
