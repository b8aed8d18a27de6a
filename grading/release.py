"""Turns `exercises/<topic>.md` into the teacher's notebook that nbgrader releases.

A task cell imports one function from `solutions`. In the notebook it becomes that function's own
signature and docstring over a solution region, which nbgrader empties for the students.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path

from nbformat import NotebookNode, ValidationError


class CourseError(Exception):
    """Raised for what the person at the terminal can put right; the message says how."""


def imported_task(cell: NotebookNode, where: str) -> tuple[str, str]:
    """Return module and name of the one function that a task cell imports."""
    try:
        statements = ast.parse(cell.source).body
    except SyntaxError:
        statements = []
    match statements:
        case [ast.ImportFrom(module=str(module), names=[ast.alias(name=name, asname=None)])]:
            if module.split(".")[0] == "solutions":
                return module, name
    raise CourseError(
        f"{where}: a task cell must hold one line, `from solutions.<topic> import <function>`; "
        f"this one holds: {cell.source!r}"
    )


def stub(module: str, name: str, where: str) -> str:
    """Return the source of a task: signature and docstring of the reference, then a call of it."""
    try:
        function = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as problem:
        raise CourseError(f"{where}: {module} has no function {name}") from problem
    source = inspect.getsource(function)
    definition = ast.parse(source).body[0]
    if ast.get_docstring(definition) is None:
        raise CourseError(f"{where}: {module}.{name} has no docstring, which students need")
    head = source.splitlines()[: definition.body[0].end_lineno]
    names = [
        f"{parameter.name}={parameter.name}" if parameter.kind is parameter.KEYWORD_ONLY else key
        for key, parameter in inspect.signature(function).parameters.items()
    ]
    body = [
        "### BEGIN SOLUTION",
        f"from {module} import {name} as reference",
        "",
        f"return reference({', '.join(names)})",
        "### END SOLUTION",
    ]
    return "\n".join([*head, *(f"    {line}".rstrip() for line in body)])


def teacher_notebook(path: Path) -> NotebookNode:
    """Return the notebook of an exercise source, with nbgrader's metadata on every code cell.

    Raises `CourseError` for a task that `solutions` does not have, a task without its one check,
    and a check without a task or without points.
    """
    import jupytext  # it takes a while to import, and grading does not need it

    where = path.name
    try:
        nb = jupytext.reads(path.read_text(encoding="utf-8"), fmt="md:myst")
    except (ValueError, ValidationError) as problem:
        first = str(problem).splitlines()[0]
        raise CourseError(f"{where}: this is not a MyST notebook: {first}") from problem
    tasks: list[str] = []
    checked: list[str] = []
    for index, cell in enumerate(nb.cells):
        options = cell.metadata
        cell.id = f"cell-{index}"
        if cell.cell_type != "code":
            continue
        marks = {"schema_version": 3, "grade": False, "solution": False, "locked": True}
        marks |= {"task": False, "grade_id": f"given-{index}"}
        if "task" in options.get("tags", []):
            module, name = imported_task(cell, where)
            cell.source = stub(module, name, where)
            tasks.append(name)
            marks |= {"grade_id": name, "solution": True, "locked": False}
        elif "check" in options:
            name = options["check"]
            if not isinstance(options.get("points"), int) or options["points"] <= 0:
                raise CourseError(f"{where}: the check of {name} has no points; add `:points: 2`")
            if name not in tasks or name in checked:
                raise CourseError(f"{where}: a check of {name} needs one task {name} before it")
            checked.append(name)
            marks |= {"grade_id": f"check-{name}", "grade": True, "points": options["points"]}
        cell.metadata = NotebookNode(nbgrader=NotebookNode(marks))
    if unchecked := set(tasks) - set(checked):
        raise CourseError(f"{where}: no check for {', '.join(sorted(unchecked))}")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nb.metadata = NotebookNode(kernelspec=kernel, language_info={"name": "python"})
    nb.nbformat, nb.nbformat_minor = 4, 5
    return nb
