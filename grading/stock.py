"""What nbgrader's own commands call, by `nbgrader_config.py`, so that they go the course's way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Unicode

from grading.box import Limits
from grading.examiner import Setting
from grading.execute import run_cells
from grading.rebuild import read_submission, rebuild


class SubmissionExporter(NotebookExporter):
    """Reads as `read_submission` does, so that no file stops the stock commands."""

    def from_filename(self, filename: str, resources: Any = None, **kw: Any) -> tuple[str, Any]:
        path = Path(filename)
        resources = resources or {}
        resources["metadata"] = {"name": path.stem, "path": str(path.parent)}
        return self.from_notebook_node(read_submission(path), resources, **kw)


class Rebuild(NbGraderPreprocessor):
    """Replaces the submission by its rebuilt form."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        coursedir = self.parent.parent.coursedir
        ids = resources["nbgrader"]
        folder = Path(coursedir.format_path(coursedir.source_directory, ".", ids["assignment"]))
        source = nbformat.read(folder / f"{ids['notebook']}.ipynb", as_version=4)
        return rebuild(source, nb), resources


class TwoRooms(NbGraderPreprocessor):
    """Runs a rebuilt submission for nbgrader's own commands."""

    insecure = Bool(False, help="Run students' code without a box.").tag(config=True)
    misconceptions = Unicode(help="The folder of the topics' misconceptions.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        coursedir = self.parent.parent.coursedir
        topic, student = resources["nbgrader"]["assignment"], resources["nbgrader"]["student"]
        folder = Path(coursedir.format_path(coursedir.source_directory, ".", topic))
        run_cells(nb, folder, self.setting(topic))
        # nbgrader copied what else was handed in, links followed: none of it is to reach feedback.
        handed_in = Path(coursedir.format_path(coursedir.autograded_directory, student, topic))
        for path in handed_in.rglob("*"):
            if path.is_file() and not (folder / path.relative_to(handed_in)).is_file():
                path.unlink()
        return nb, resources

    def setting(self, topic: str) -> Setting:
        """Return how submissions for `topic` are run."""
        known = Path(self.misconceptions, f"{topic}.py")
        return Setting(
            misconceptions=known.read_text(encoding="utf-8") if known.is_file() else "",
            limits=Limits(config=self.config).values(),
            insecure=self.insecure,
        )
