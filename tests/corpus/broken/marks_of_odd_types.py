# Marks and metadata are of types that they should not be.
import nbformat


def submit(folder, work):
    odd = iter([None, 7, "text", ["list"], {"grade_id": ["list"]}, {"grade_id": None}])
    for cell in work.cells[1:]:
        if "softmax" not in cell.source and "mse" not in cell.source:
            cell.metadata = {"nbgrader": next(odd, {"points": "many"}), "tags": 3}
    work.metadata = {"kernelspec": 3, "language_info": ["x"], "authors": "me"}
    nbformat.write(work, folder / "mini.ipynb")
