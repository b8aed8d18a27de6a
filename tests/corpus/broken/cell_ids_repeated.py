# All cells have one id, and it is not a valid one.
import json


def submit(folder, work):
    for cell in work.cells:
        cell["id"] = "<script>" * 20
    (folder / "mini.ipynb").write_text(json.dumps(work))
