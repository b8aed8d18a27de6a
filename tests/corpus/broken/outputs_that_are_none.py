# The outputs of cells are texts and numbers.
# Score: any
import json


def submit(folder, work):
    for cell in work.cells:
        if cell["cell_type"] == "code":
            cell["outputs"] = ["not an output", 7]
    (folder / "mini.ipynb").write_text(json.dumps(work))
