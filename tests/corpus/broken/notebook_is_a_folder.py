# A folder has the name of the notebook.
# Score: 0


def submit(folder, work):
    (folder / "mini.ipynb").mkdir()
    (folder / "mini.ipynb" / "mini.ipynb").write_text("{}")
