# The notebook is in the format of 2013.
import nbformat


def submit(folder, work):
    (folder / "mini.ipynb").write_text(nbformat.writes(work, version=3))
