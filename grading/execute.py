"""Runs a rebuilt submission: the student's cells in room 1, the checks in room 2."""

from __future__ import annotations

import time
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_output

from grading.box import require_box
from grading.examiner import Examiner, Setting
from grading.rebuild import is_grade, is_locked, is_solution, task_of

ADVICE = "Advice: "


def run_cells(nb: NotebookNode, folder: Path, setting: Setting) -> None:
    """Run a rebuilt notebook in place; every check ends with a verdict, whatever the code does.

    `folder` holds the files that the teacher gives.

    When a cell runs out of time or room 1 dies, the cell gets an error that says so. New rooms then
    run the earlier cells again, without that one, and work goes on.
    """
    if not setting.insecure:
        require_box()
    tasks = [cell.metadata.nbgrader.grade_id for cell in nb.cells if is_solution(cell)]
    wall = setting.limits["wall"]
    end, done = time.monotonic() + wall, 0
    while done < len(nb.cells) and time.monotonic() < end:
        with Examiner(folder, tasks, setting) as examiner:
            done = run_from(done, nb, examiner, setting.limits["cell"], end)
    for cell in filter(is_grade, nb.cells[done:]):
        fail(cell, f"not run: the submission used up its {wall} seconds")


def run_from(start: int, nb: NotebookNode, examiner: Examiner, most: float, end: float) -> int:
    """Run the cells in new rooms, each for `most` seconds at most and none after `end`.

    The cells before `start` ran before: of these only those that did no harm run again, and no
    checks. Return where the next rooms have to go on.
    """
    for index, cell in enumerate(nb.cells):
        seconds = min(most, end - time.monotonic())
        if seconds <= 0:
            return max(start, index)
        if is_grade(cell):
            if index >= start and check(cell, examiner, seconds):
                return index + 1
            continue
        if is_locked(cell) and cell.cell_type == "code":
            examiner.given(cell.source)
        if cell.cell_type == "code" and not cell.metadata.get("stopped"):
            ran = examiner.run(cell.source, seconds)
            cell.outputs = [new_output("stream", text=ran.text)] if ran.text else []
            if ran.lost:
                fail(cell, ran.lost)
                cell.metadata["stopped"] = True
                return max(start, index)
    return len(nb.cells)


def check(cell: NotebookNode, examiner: Examiner, seconds: float) -> bool:
    """Run a check; the cell's outputs say what is wrong. Return whether the rooms are lost."""
    verdict = examiner.check(task_of(cell), cell.source, seconds)
    cell.outputs = []
    if not verdict.passed:
        fail(cell, verdict.message, verdict.place)
        if verdict.advice:
            cell.outputs.append(new_output("stream", text=ADVICE + verdict.advice))
    return verdict.lost


def advice_on(cell: NotebookNode) -> str:
    """Return the advice that a graded check gives, or an empty string."""
    texts = (output.get("text", "") for output in cell.outputs)
    return next((text.removeprefix(ADVICE) for text in texts if text.startswith(ADVICE)), "")


def fail(cell: NotebookNode, message: str, *more: str) -> None:
    """Add to the outputs of `cell` an error that says `message`."""
    said = [message, *filter(None, more)]
    cell.outputs.append(new_output("error", ename="Stopped", evalue=message, traceback=said))
