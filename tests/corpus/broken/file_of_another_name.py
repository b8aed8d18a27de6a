# The notebook has another name, as a browser gives to a second download.
# Score: any
import nbformat


def submit(folder, work):
    nbformat.write(work, folder / "mini (1).ipynb")
