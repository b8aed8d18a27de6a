# The file ends in its middle, as after a broken transfer.
# Score: 0
import nbformat


def submit(folder, work):
    text = nbformat.writes(work)
    (folder / "mini.ipynb").write_text(text[: len(text) // 2])
