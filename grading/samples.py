"""Submissions made from the course's own material: reference, alternatives, misconceptions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

import solutions
from grading.rebuild import is_solution


@dataclass(frozen=True)
class Answer:
    """A named answer to one task: source that defines the task, and the docstring it had."""

    task: str
    name: str
    source: str
    doc: str


def answers(path: Path) -> Iterator[Answer]:
    """Yield the answers in a file of alternatives or misconceptions, in order.

    The file holds, for each task, a class of the task's name with one function for each answer.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for group in tree.body:
        if not isinstance(group, ast.ClassDef):
            continue
        for function in group.body:
            if isinstance(function, ast.FunctionDef):
                doc = ast.get_docstring(function) or ""
                function.body = function.body[1:] if doc else function.body
                name, function.name = function.name, group.name
                yield Answer(group.name, name, ast.unparse(function), doc)


def standalone(topic: str) -> str:
    """Return the source of a module of `solutions` with what it imports of the others in it."""
    text = (Path(solutions.__file__).parent / f"{topic}.py").read_text(encoding="utf-8")
    imports = re.compile(r"^from solutions\.(\w+) import (?:\([^)]*\)|[^\n(]*)$", re.M)
    return imports.sub(lambda found: standalone(found[1]), text)


def reference_answers(topic: str, tasks: list[str]) -> dict[str, str]:
    """Return cell texts that answer all `tasks` with the reference: its module, in the first."""
    texts = {task: "# answered above" for task in tasks}
    return texts | {tasks[0]: standalone(topic)}


def tasks_of(notebook: NotebookNode) -> list[str]:
    """Return the names of the tasks of a released notebook, in order."""
    return [cell.metadata.nbgrader.grade_id for cell in notebook.cells if is_solution(cell)]


def filled_in(notebook: NotebookNode, texts: dict[str, str]) -> NotebookNode:
    """Return a copy of a released notebook with `texts` in the task cells they name."""
    copy = nbformat.from_dict(notebook)
    for cell in copy.cells:
        if is_solution(cell):
            cell.source = texts.get(cell.metadata.nbgrader.grade_id, cell.source)
    return copy
