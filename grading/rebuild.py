"""Reads submissions and rebuilds each from the teacher's source.

The cells, their order, the points and the checks come from the teacher. From the submission come
the text of the task cells, found by their `grade_id`, and the code cells that the student added.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_solution

LARGEST = 10_000_000  # bytes of a submitted notebook


class UnreadableError(Exception):
    """Raised for a submission that cannot be read, with the reason in words."""


def read_notebook(path: Path) -> NotebookNode:
    """Return the notebook at `path`; raise `UnreadableError` with the reason."""
    if not path.is_file():
        raise UnreadableError(f"there is no file {path.name}")
    if path.stat().st_size > LARGEST:
        raise UnreadableError(f"{path.name} is larger than {LARGEST // 1_000_000} MB")
    try:
        nb = nbformat.reads(path.read_text(encoding="utf-8-sig"), as_version=4)
        sound = all(isinstance(cell.source, str) and cell.metadata is not None for cell in nb.cells)
    except (
        Exception
    ) as problem:  # a stranger's file: whatever reading it raises, it is not a notebook
        raise UnreadableError(f"{path.name} is not a Jupyter notebook") from problem
    if not sound:
        raise UnreadableError(f"{path.name} has cells that are not cells of a Jupyter notebook")
    return nb


class SubmissionExporter(NotebookExporter):
    """Writes a notebook; one that cannot be read becomes an empty one that says why."""

    def from_filename(self, filename: str, resources: Any = None, **kw: Any) -> tuple[str, Any]:
        path = Path(filename)
        try:
            nb = read_notebook(path)
        except UnreadableError as problem:
            nb = nbformat.v4.new_notebook(metadata={"unreadable": str(problem)})
        resources = resources or {}
        resources["metadata"] = {"name": path.stem, "path": str(path.parent)}
        return self.from_notebook_node(nb, resources, **kw)


def task_id(cell: NotebookNode) -> str:
    """Return the nbgrader id of a cell, or an empty string where it has none."""
    marks = cell.metadata.get("nbgrader")
    return str(marks.get("grade_id", "")) if isinstance(marks, dict) else ""


def rebuild(source: NotebookNode, submission: NotebookNode) -> NotebookNode:
    """Return the teacher's `source` with the student's text in its task cells.

    A task that the submission lacks is left empty. Code cells that the student added stay where
    they are: before the next of the teacher's cells that follows them.
    """
    ids = {task_id(cell) for cell in source.cells} - {""}
    answers: dict[str, str] = {}
    added: dict[str, list[NotebookNode]] = {}
    waiting: list[NotebookNode] = []
    for cell in submission.cells:
        name = task_id(cell)
        if name in ids and name not in answers:
            answers[name] = cell.source
            added[name], waiting = waiting, []
        elif cell.cell_type == "code" and name not in ids:
            waiting.append(nbformat.v4.new_code_cell(cell.source))

    rebuilt = copy.deepcopy(source)
    rebuilt.cells = []
    for cell in copy.deepcopy(source.cells):
        name = task_id(cell)
        if is_solution(cell):
            cell.source = answers.get(name, "")
        rebuilt.cells += [*added.get(name, []), cell]
    rebuilt.cells += waiting
    for index, cell in enumerate(rebuilt.cells):
        cell.id = f"cell-{index}"
    if "unreadable" in submission.metadata:
        reason = submission.metadata.unreadable
        rebuilt.metadata["unreadable"] = reason
        note = new_markdown_cell(f"**This submission could not be graded: {reason}.**")
        rebuilt.cells.insert(0, note)
    return rebuilt


class Rebuild(NbGraderPreprocessor):
    """Replaces the submission by its rebuilt form."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        coursedir = self.parent.parent.coursedir
        ids = resources["nbgrader"]
        folder = Path(coursedir.format_path(coursedir.source_directory, ".", ids["assignment"]))
        source = nbformat.read(folder / f"{ids['notebook']}.ipynb", as_version=4)
        return rebuild(source, nb), resources
