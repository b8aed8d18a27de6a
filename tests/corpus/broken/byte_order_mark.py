# The file begins with a byte order mark.
import nbformat


def submit(folder, work):
    (folder / "mini.ipynb").write_text(nbformat.writes(work), encoding="utf-8-sig")
