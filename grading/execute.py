"""Runs a rebuilt submission: the student's cells in room 1, the checks in room 2."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_locked, is_solution
from traitlets import Bool, Unicode

from grading.box import Limits, require_box
from grading.examiner import Examiner, Setting

ADVICE = "Advice: "


class TwoRooms(NbGraderPreprocessor):
    """Run a rebuilt notebook so that every check ends with a verdict, whatever the code does.

    When a cell runs out of time or room 1 dies, the cell gets an error that says so. New rooms then
    run the earlier cells again, without that one, and work goes on.
    """

    insecure = Bool(False, help="Run students' code without a box.").tag(config=True)
    misconceptions = Unicode(help="The folder of the topics' misconceptions.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        coursedir = self.parent.parent.coursedir
        topic, student = resources["nbgrader"]["assignment"], resources["nbgrader"]["student"]
        folder = Path(coursedir.format_path(coursedir.source_directory, ".", topic))
        self.grade(nb, topic, folder)
        # nbgrader copied what else was handed in, links followed: none of it is to reach feedback.
        handed_in = Path(coursedir.format_path(coursedir.autograded_directory, student, topic))
        for path in handed_in.rglob("*"):
            if path.is_file() and not (folder / path.relative_to(handed_in)).is_file():
                path.unlink()
        return nb, resources

    def grade(self, nb: NotebookNode, topic: str, folder: Path) -> None:
        """Run the cells of `nb` in place; `folder` holds the files that the teacher gives."""
        if not self.insecure:
            require_box()
        self.limits = Limits(parent=self)
        self.deadline = time.monotonic() + self.limits.wall
        known = Path(self.misconceptions, f"{topic}.py")
        setting = Setting(
            folder=str(folder),
            tasks=[cell.metadata.nbgrader.grade_id for cell in nb.cells if is_solution(cell)],
            misconceptions=known.read_text() if known.is_file() else "",
            limits=self.limits.values(),
            insecure=self.insecure,
        )
        done = 0
        while done < len(nb.cells) and self.seconds() > 0:
            with Examiner(setting) as examiner:
                done = self.run(nb, examiner, done)
        for cell in filter(is_grade, nb.cells[done:]):
            fail(cell, f"not run: the submission used up its {self.limits.wall} seconds")

    def seconds(self) -> float:
        """Return how long the next cell may run."""
        return min(self.limits.cell, self.deadline - time.monotonic())

    def run(self, nb: NotebookNode, examiner: Examiner, start: int) -> int:
        """Run the cells in new rooms; return where the next rooms have to go on.

        The cells before `start` ran before: of these only those that did no harm run again, and no
        checks.
        """
        for index, cell in enumerate(nb.cells):
            if self.seconds() <= 0:
                return max(start, index)
            if is_grade(cell):
                if index >= start and self.check(cell, examiner):
                    return index + 1
                continue
            if is_locked(cell) and cell.cell_type == "code":
                examiner.given(cell.source)
            if cell.cell_type == "code" and not cell.metadata.get("stopped"):
                ran = examiner.run(cell.source, self.seconds())
                cell.outputs = [new_output("stream", text=ran.text)] if ran.text else []
                if ran.lost:
                    fail(cell, ran.lost)
                    cell.metadata["stopped"] = True
                    return max(start, index)
        return len(nb.cells)

    def check(self, cell: NotebookNode, examiner: Examiner) -> bool:
        """Run a check; the cell's outputs say what is wrong. Return whether the rooms are lost."""
        task = cell.metadata.nbgrader.grade_id.removeprefix("check-")
        verdict = examiner.check(task, cell.source, self.seconds())
        cell.outputs = []
        if not verdict.passed:
            fail(cell, verdict.message, verdict.place)
            if verdict.advice:
                cell.outputs.append(new_output("stream", text=ADVICE + verdict.advice))
        return verdict.lost


def fail(cell: NotebookNode, message: str, *more: str) -> None:
    """Add to the outputs of `cell` an error that says `message`."""
    said = [message, *filter(None, more)]
    cell.outputs.append(new_output("error", ename="Stopped", evalue=message, traceback=said))
