# In each of many cells, a message about the state says that the cell's number is a long text.
import nbformat

CODE = """
kernel = get_ipython().kernel
content = {"execution_state": "busy", "execution_count": "flood!" * 200_000}
kernel.session.send(kernel.iopub_socket, "status", content, parent=kernel.get_parent())
"""


def submit(folder, work):
    work.cells += [nbformat.v4.new_code_cell(CODE) for _ in range(40)]
    nbformat.write(work, folder / "mini.ipynb")
