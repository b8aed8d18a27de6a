# The notebook says that it is in a format that there is not.
# Score: any
import nbformat


def submit(folder, work):
    work.nbformat, work.nbformat_minor = 4, 99
    (folder / "mini.ipynb").write_text(nbformat.writes(work))
