# The marks of all cells are gone, as editors other than Jupyter leave a notebook.
import nbformat


def submit(folder, work):
    for cell in work.cells:
        cell.metadata = {}
    work.metadata = {"accelerator": "GPU", "colab": {"provenance": []}}
    nbformat.write(work, folder / "mini.ipynb")
