# Nobody has the right to read the notebook; root reads it all the same.
# Score: any
import nbformat


def submit(folder, work):
    nbformat.write(work, folder / "mini.ipynb")
    (folder / "mini.ipynb").chmod(0)
