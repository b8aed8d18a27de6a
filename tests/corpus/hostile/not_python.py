# The cells are not Python.
# Score: 1
import nbformat

ADDED = "def broken(:\n    'unfinished"
ANSWERS = {
    "mse": "def mse(y_hat, y)\n    return np.mean((y_hat - y) ** 2)",
    "softmax": "%%bash\necho 'def softmax'",
    "bce_gradient": "Dear teacher, I could not do this one.",
}


def submit(folder, work):
    for cell in work.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = ANSWERS.get(name, cell.source)
    work.cells.insert(0, nbformat.v4.new_code_cell(ADDED))
    nbformat.write(work, folder / "mini.ipynb")
