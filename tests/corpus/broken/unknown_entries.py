# Notebook, cells and outputs have entries that the format does not know.
import json


def submit(folder, work):
    work["extra"] = {"a": [1, 2, {"b": None}]}
    for cell in work.cells:
        cell["extra"] = "text"
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "hologram", "text": 7}]
    (folder / "mini.ipynb").write_text(json.dumps(work))
