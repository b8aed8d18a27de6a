# The source of cells is a list of lines, as Jupyter itself writes it, with Windows line ends.
import json


def submit(folder, work):
    for cell in work.cells:
        cell["source"] = [f"{line}\r\n" for line in cell["source"].splitlines()]
    (folder / "mini.ipynb").write_text(json.dumps(work))
