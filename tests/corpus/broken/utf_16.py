# The file is in UTF-16, as a text editor may save it.
# Score: any
import nbformat


def submit(folder, work):
    (folder / "mini.ipynb").write_text(nbformat.writes(work), encoding="utf-16")
