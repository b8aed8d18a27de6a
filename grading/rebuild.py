"""Reads submissions and rebuilds each from the teacher's source.

The cells, their order, the points and the checks come from the teacher. From the submission come
the text of the task cells and the code cells that the student added.
"""

from __future__ import annotations

import ast
import copy
import stat
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grading.examiner import HIDDEN

LARGEST = 10_000_000  # bytes of a submitted notebook
MOST = 2_000  # cells of a submitted notebook


class UnreadableError(Exception):
    """Raised for a submission that cannot be read, with the reason in words."""


def read_bytes(path: Path) -> bytes:
    """Return the content of a submitted file, which must be a file of its own and not too large."""
    # A link could name another student's work, or the gradebook.
    if any(place.is_symlink() for place in (path, path.parent, path.parent.parent)):
        raise UnreadableError(f"{path.name} is a link, not a file")
    try:
        information = path.lstat()
        if not stat.S_ISREG(information.st_mode):
            raise UnreadableError(f"{path.name} is not a file")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError as problem:
        raise UnreadableError(f"there is no file {path.name}") from problem
    except OSError as problem:
        raise UnreadableError(f"{path.name} cannot be opened: {problem.strerror}") from problem
    if len(content) > LARGEST:
        raise UnreadableError(f"{path.name} is larger than {LARGEST // 1_000_000} MB")
    return content


def parse(content: bytes, name: str) -> NotebookNode:
    """Return the notebook that `content` holds, in the present format."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    try:
        nb = nbformat.reads(text, as_version=4)
        nb.metadata.pop("unreadable", None)  # what only `read_submission` may say
        sound = all(isinstance(cell.source, str) and cell.metadata is not None for cell in nb.cells)
        for cell in nb.cells:
            cell.source = cell.source.encode("utf-8", "replace").decode()
    except Exception as problem:  # a stranger's file: whatever reading raises, it is no notebook
        raise UnreadableError(f"{name} is not a Jupyter notebook") from problem
    if not sound:
        raise UnreadableError(f"{name} has cells that are not cells of a Jupyter notebook")
    if len(nb.cells) > MOST:
        raise UnreadableError(f"{name} has more than {MOST} cells")
    return nb


def read_submission(path: Path) -> NotebookNode:
    """Return a submitted notebook; one that cannot be read is empty and says why."""
    try:
        return parse(read_bytes(path), path.name)
    except UnreadableError as problem:
        return unreadable(problem)


def unreadable(problem: UnreadableError) -> NotebookNode:
    """Return an empty notebook that says why it is empty."""
    return new_notebook(metadata={"unreadable": str(problem)})


def mark_of(cell: NotebookNode, name: str) -> Any:
    """Return an entry of nbgrader's marks on a cell, or None where it has none.

    The functions of `nbgrader.utils` say the same, but importing nbgrader takes half a second.
    """
    marks = cell.metadata.get("nbgrader")
    return marks.get(name) if isinstance(marks, dict) else None


def is_grade(cell: NotebookNode) -> bool:
    """Tell whether a cell is a check."""
    return bool(mark_of(cell, "grade"))


def is_solution(cell: NotebookNode) -> bool:
    """Tell whether a cell is a task."""
    return bool(mark_of(cell, "solution"))


def is_locked(cell: NotebookNode) -> bool:
    """Tell whether a cell is the teacher's alone."""
    return not is_solution(cell) and bool(mark_of(cell, "grade") or mark_of(cell, "locked"))


def task_of(cell: NotebookNode) -> str:
    """Return the name of the task of a cell, be it the task itself or its check."""
    return task_id(cell).removeprefix("check-")


def task_id(cell: NotebookNode) -> str:
    """Return the nbgrader id of a cell, or an empty string where it has none."""
    return str(mark_of(cell, "grade_id") or "")


def parses(text: str) -> bool:
    """Tell whether `text` is Python."""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def defines(text: str, name: str) -> bool:
    """Tell whether `text` defines the function `name` at its top level."""
    if not parses(text):
        return text.startswith(f"def {name}(") or f"\ndef {name}(" in text
    return any(
        isinstance(node, ast.FunctionDef) and node.name == name for node in ast.parse(text).body
    )


def assign(source: NotebookNode, submission: NotebookNode) -> tuple[list[str], set[str]]:
    """Return for each cell of `submission` the id that it answers for, and the ids that were lost.

    A cell without an id of the teacher's answers for a task that has none, if it defines the task's
    function, or if it stands at the task's place and no cell was added or deleted. Other cells have
    an empty id: they were added.
    """
    known = {task_id(cell) for cell in source.cells} - {""}
    ids = [task_id(cell) if task_id(cell) in known else "" for cell in submission.cells]
    lost = {task_id(cell) for cell in source.cells if is_solution(cell)} - set(ids)
    texts = {shown(cell): task_id(cell) for cell in source.cells if not is_solution(cell)}
    for index, cell in enumerate(submission.cells):
        if not ids[index] and cell.cell_type == "code":
            ids[index] = texts.get(cell.source.strip(), "")
    same_length = len(source.cells) == len(submission.cells)
    for place, teachers in enumerate(source.cells):
        name = task_id(teachers)
        if name not in lost:
            continue
        for index, cell in enumerate(submission.cells):
            if not ids[index] and cell.cell_type == "code" and defines(cell.source, name):
                ids[index] = name
        free = same_length and not ids[place] and submission.cells[place].cell_type == "code"
        if name not in ids and free:
            ids[place] = name
    return ids, lost & set(ids)


def shown(cell: NotebookNode) -> str:
    """Return the part of a cell's text that students are given."""
    return cell.source.split(HIDDEN)[0].strip()


def rebuild(source: NotebookNode, submission: NotebookNode) -> NotebookNode:
    """Return the teacher's `source` with the student's text in its task cells.

    A task that the submission lacks is left empty. Code cells that the student added stay before
    the next of the teacher's cells that follows them. A task in several cells, as splitting or
    copying a cell gives, has all of them, in order.
    """
    ids, lost = assign(source, submission)
    answers: dict[str, list[str]] = {}
    added: dict[str, list[str]] = {}
    waiting: list[str] = []
    for name, cell in zip(ids, submission.cells, strict=True):
        if name:
            answers.setdefault(name, []).append(cell.source)
            added.setdefault(name, []).extend(waiting)
            waiting = []
        elif cell.cell_type == "code":
            waiting.append(cell.source)

    rebuilt = copy.deepcopy(source)
    rebuilt.cells = []
    for cell in copy.deepcopy(source.cells):
        name = task_id(cell)
        pieces = answers.get(name, [""])
        rebuilt.cells += [*map(new_code_cell, added.get(name, [])), cell]
        if is_solution(cell):
            whole = "\n".join(pieces)
            cell.source, *others = [whole] if parses(whole) else pieces
            rebuilt.cells += map(new_code_cell, others)
    rebuilt.cells += map(new_code_cell, waiting)
    remarks = []
    if "unreadable" in submission.metadata:
        rebuilt.metadata["unreadable"] = submission.metadata.unreadable
        remarks.append(f"This submission could not be graded: {submission.metadata.unreadable}.")
    if lost:
        remarks.append(
            "The notebook came without the marks that say which cell answers which task. They were "
            f"found by the names of the functions or by their place: {', '.join(sorted(lost))}."
        )
    rebuilt.cells[:0] = [new_markdown_cell(f"**{remark}**") for remark in remarks]
    for index, cell in enumerate(rebuilt.cells):
        cell.id = f"cell-{index}"
    return rebuilt
