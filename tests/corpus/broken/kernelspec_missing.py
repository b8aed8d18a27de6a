# The notebook does not say of which language it is.
import nbformat


def submit(folder, work):
    work.metadata = {}
    nbformat.write(work, folder / "mini.ipynb")
