# The file that says when the work was handed in says nonsense.
import nbformat


def submit(folder, work):
    nbformat.write(work, folder / "mini.ipynb")
    (folder / "timestamp.txt").write_text("the day before yesterday\n" * 1000)
