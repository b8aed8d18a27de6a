# No cell takes longer than it may, and all together take far longer than they may.
# Score: 0
import nbformat


def submit(folder, work):
    for _ in range(60):
        work.cells.insert(0, nbformat.v4.new_code_cell("import time\ntime.sleep(0.9)"))
    nbformat.write(work, folder / "mini.ipynb")
