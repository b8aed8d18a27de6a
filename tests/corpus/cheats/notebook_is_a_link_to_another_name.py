# The notebook has another name, and a link has the right one.
import nbformat


def submit(folder, work):
    nbformat.write(work, folder / "work.ipynb")
    (folder / "mini.ipynb").symlink_to("work.ipynb")
