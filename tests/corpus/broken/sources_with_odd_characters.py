# The source of an answer holds zeros, halves of characters and odd spaces.
# Score: 4
import json


def submit(folder, work):
    odd = {"mse": "# \x00", "one_hot": "# \ud800", "bce_gradient": "\u2028\u00a0#\x0c\x1b[2J"}
    for cell in work.cells:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] += odd.get(name, "")
    (folder / "mini.ipynb").write_text(json.dumps(work))
