# The file is in Latin-1, with letters that are not ASCII.
import json


def submit(folder, work):
    work.cells[0].source += "\nGrüße aus Ålesund"
    text = json.dumps(work, ensure_ascii=False)
    (folder / "mini.ipynb").write_text(text, encoding="latin-1")
