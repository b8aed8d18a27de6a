# Notebooks that nobody asked for lie beside the one that counts.
import nbformat


def submit(folder, work):
    nbformat.write(work, folder / "mini.ipynb")
    nbformat.write(work, folder / "mini copy.ipynb")
    (folder / "broken.ipynb").write_text("{")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "mini-checkpoint.ipynb").write_text("{}")
