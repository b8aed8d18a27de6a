# All cells but the answers were deleted, and one answer, too.
# Score: 6
import nbformat


def submit(folder, work):
    work.cells = [c for c in work.cells if c.metadata.get("nbgrader", {}).get("solution")][1:]
    nbformat.write(work, folder / "mini.ipynb")
