"""One course on disk: releases its exercises, grades a class, writes feedback and grades."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import logging
import os
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins.export import CsvExportPlugin
from nbgrader.utils import determine_grade, is_grade
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Config, PyFileConfigLoader

import solutions
from grading.box import try_box
from grading.collect import Collected, collect
from grading.examiner import ExaminerError
from grading.execute import ADVICE, TwoRooms
from grading.rebuild import UnreadableError, read_bytes, read_submission, rebuild
from grading.release import CourseError, teacher_notebook

CONFIG = "nbgrader_config.py"


class FeedbackOne(GenerateFeedback):
    """Write the feedback of one student, whose name is taken as it is and not as a pattern."""

    def init_notebooks(self) -> None:
        folder = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        self.assignments = {folder: [f"{folder}/{self.coursedir.assignment_id}.ipynb"]}

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Copy nothing: the page is all that a student gets."""


@dataclass(frozen=True)
class Row:
    """What a student got for an exercise: points, points possible, and the reason in words."""

    student: str
    score: float
    max_score: float
    reason: str


class Course:
    """The course whose `nbgrader_config.py` lies in `root`.

    Everything generated goes to `build`, by default the folder that the configuration names.
    """

    def __init__(self, root: Path, build: Path | None = None, insecure: bool = False) -> None:
        self.root = root
        self.config: Config = PyFileConfigLoader(CONFIG, path=str(root)).load_config()
        self.config.TwoRooms.insecure = insecure
        if build is not None:
            self.config.CourseDirectory.root = str(build)
            self.config.CsvExportPlugin.to = str(build / "grades.csv")
        self.build = Path(self.config.CourseDirectory.root)
        self.log = self.build / "course.log"
        self.insecure = insecure

    @classmethod
    def here(cls, insecure: bool = False) -> Course:
        """Return the course that the working folder belongs to."""
        for folder in (Path.cwd(), *Path.cwd().parents):
            if (folder / CONFIG).is_file():
                return cls(folder, insecure=insecure)
        raise CourseError(f"there is no course here: no {CONFIG} in this folder or above it")

    @property
    def topics(self) -> list[str]:
        """The topics that have exercises, in alphabetical order."""
        return sorted(path.stem for path in (self.root / "exercises").glob("*.md"))

    def release(self, topic: str) -> Path:
        """Make the notebook that students get; return its path.

        Leaves `build/release/<topic>/` for nbgrader and `build/download/<topic>.zip` for the book.
        A released notebook that somebody worked in is not lost: `keep_work` moves it aside.
        """
        self._known(topic)
        notebook = teacher_notebook(self.root / "exercises" / f"{topic}.md")
        with self._gradebook():
            pass
        source = self.build / "source" / topic
        source.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, source / f"{topic}.ipynb")
        shutil.copy(self.root / "exercises" / "checks.py", source / "checks.py")
        released = self.build / "release" / topic / f"{topic}.ipynb"
        download = self.build / "download" / f"{topic}.zip"
        download.parent.mkdir(exist_ok=True)
        keep_work(released, download)
        self._convert(GenerateAssignment, topic, ".")
        shutil.make_archive(str(download.with_suffix("")), "zip", released.parent.parent, topic)
        return released

    def kept(self) -> set[Path]:
        """The notebooks that somebody worked in before a new release took their place."""
        return set((self.build / "kept").glob("*.ipynb"))

    def collect(self, topic: str, archives: list[Path]) -> list[Collected]:
        """Put the work in archives from Canvas or Moodle where it is graded."""
        self._known(topic)
        return collect(archives, self.build / "submitted", topic)

    def students(self, topic: str) -> list[str]:
        """Return the names of the students who submitted something for `topic`."""
        self._known(topic)
        submitted = self.build / "submitted"
        names = sorted(path.parent.name for path in submitted.glob(f"*/{topic}") if path.is_dir())
        if not names:
            raise CourseError(
                f"no submissions: expected {self._short(submitted)}/<student>/{topic}/{topic}.ipynb"
            )
        return names

    def grade(self, topic: str) -> Iterator[Row]:
        """Grade every submission for `topic`, one after the other.

        A submission that was graded before, under the same source and settings, is not run again.
        """
        students = self.students(topic)
        if not self.insecure:
            try_box(self.config)
        with self._gradebook() as gradebook:
            try:
                max_score = gradebook.find_assignment(topic).max_score
            except MissingEntry as problem:
                raise CourseError(
                    f"{topic} is not released; run: course release {topic}"
                ) from problem
        for student in students:
            try:
                notebook = self._graded(topic, student)
                yield Row(
                    student, self._save(topic, student, notebook), max_score, reason(notebook)
                )
            except (OSError, EOFError, ExaminerError, SQLAlchemyError) as problem:
                yield Row(student, 0, max_score, f"the grader failed, grade by hand: {problem}")

    def _graded(self, topic: str, student: str) -> NotebookNode:
        """Return the graded notebook of a submission, from the last run where nothing changed."""
        folder = self.build / "source" / topic
        submission = self.build / "submitted" / student / topic / f"{topic}.ipynb"
        place = self.build / "autograded" / student / topic / f"{topic}.ipynb"
        mark = self._mark(topic, submission)
        if place.is_file() and (before := nbformat.read(place, 4)).metadata.get("mark") == mark:
            return before
        source = nbformat.read(folder / f"{topic}.ipynb", as_version=4)
        notebook = rebuild(source, read_submission(submission))
        TwoRooms(config=self.config).grade(notebook, topic, folder)
        notebook.metadata["mark"] = mark
        return notebook

    def _mark(self, topic: str, submission: Path) -> str:
        """Return a hash of all that a grade depends on: submission, source and settings."""
        parts = [json.dumps([self.config.TwoRooms, self.config.Limits], sort_keys=True).encode()]
        with contextlib.suppress(UnreadableError):
            parts.append(read_bytes(submission))
        files = [*(self.build / "source" / topic).iterdir()]
        files += Path(solutions.__file__).parent.glob("*.py")
        files.append(Path(self.config.TwoRooms.misconceptions, f"{topic}.py"))
        parts += [path.read_bytes() for path in sorted(files) if path.is_file()]
        return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()

    def _save(self, topic: str, student: str, notebook: NotebookNode) -> float:
        """Save a graded notebook, first its scores and then itself; return the score.

        The scores are one transaction, and the notebook with its mark appears whole or not at all:
        a run that was killed in between does this submission again.
        """
        with self._gradebook() as gradebook:
            # nbgrader commits row by row; a flush in its place leaves one commit, the last.
            commit, gradebook.db.commit = gradebook.db.commit, gradebook.db.flush
            gradebook.update_or_create_student(student)
            submission = gradebook.update_or_create_submission(topic, student)
            for cell in filter(is_grade, notebook.cells):
                grade = gradebook.find_grade(cell.metadata.nbgrader.grade_id, topic, topic, student)
                grade.auto_score, _ = determine_grade(cell)
                grade.needs_manual_grade = grade.manual_score is not None
            commit()
            score = submission.score
        place = self.build / "autograded" / student / topic / f"{topic}.ipynb"
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_suffix(".part")
        part.write_bytes(nbformat.writes(notebook).encode("utf-8", "replace"))
        os.replace(part, place)
        return score

    def feedback(self, topic: str) -> list[Path]:
        """Write one HTML page for each graded submission of `topic`; return the pages."""
        self._known(topic)
        graded = self.build.glob(f"autograded/*/{topic}/{topic}.ipynb")
        students = sorted(path.parent.parent.name for path in graded)
        if not students:
            raise CourseError(f"nothing is graded yet; run: course grade {topic}")
        failed = []
        for student in students:
            try:
                self._convert(FeedbackOne, topic, student)
            except CourseError as problem:
                failed.append(str(problem))
        if failed:
            raise CourseError("; ".join(failed))
        return [self.build / "feedback" / name / topic / f"{topic}.html" for name in students]

    def export(self) -> Path:
        """Write all grades as a CSV file; return its path."""
        with self._gradebook() as gradebook:
            CsvExportPlugin(config=self.config).export(gradebook)
        return Path(self.config.CsvExportPlugin.to)

    def _known(self, topic: str) -> None:
        if topic not in self.topics:
            raise CourseError(
                f"unknown topic {topic!r}; there are exercises for: {', '.join(self.topics)}"
            )

    def _gradebook(self) -> Gradebook:
        """Open the gradebook, after a look that it is this course's own."""
        self.build.mkdir(parents=True, exist_ok=True)
        where = CourseDirectory(config=self.config)
        try:
            engine = create_engine(where.db_url)
            with engine.connect() as connection:
                if inspect(engine).has_table("course"):
                    ids = set(connection.execute(text("SELECT id FROM course")).scalars())
                    # nbgrader itself adds "default_course" to every gradebook.
                    if ids - {"default_course"} and where.course_id not in ids:
                        raise CourseError(
                            f"{where.db_url} is the gradebook of another course "
                            f"({', '.join(sorted(ids))}), not of {where.course_id}"
                        )
            engine.dispose()
            return Gradebook(where.db_url, where.course_id)
        except SQLAlchemyError as problem:
            first = str(problem).splitlines()[0]
            raise CourseError(f"cannot open the gradebook {where.db_url}: {first}") from problem

    def _convert(self, converter: type[BaseConverter], topic: str, student: str) -> None:
        """Run one of nbgrader's converters on one student's work (`.` is the teacher's)."""
        config = self.config.copy()
        config.CourseDirectory.assignment_id = topic
        config.CourseDirectory.student_id = student
        handler = logging.FileHandler(self.log, encoding="utf-8")
        log = logging.Logger("course", logging.INFO)
        log.addHandler(handler)
        step = converter(
            coursedir=CourseDirectory(config=config), config=config, force=True, log=log
        )
        try:
            step.start()
        except NbGraderException as problem:
            raise CourseError(
                f"{converter.__name__} failed for {student}; the end of {self.log} says why"
            ) from problem
        finally:
            handler.close()

    def _short(self, path: Path) -> Path:
        return path.relative_to(self.root) if path.is_relative_to(self.root) else path


def keep_work(released: Path, download: Path) -> None:
    """Move a released notebook aside where its text is no longer that of the one in `download`."""
    if not released.is_file():
        return
    try:
        with zipfile.ZipFile(download) as archive:
            original = archive.read(f"{released.parent.name}/{released.name}")
        before, now = (nbformat.reads(text, 4) for text in (original, released.read_bytes()))
        if [cell.source for cell in before.cells] == [cell.source for cell in now.cells]:
            return
    except Exception:  # what cannot be read as it was released has been changed
        pass
    kept = released.parents[2] / "kept"
    kept.mkdir(exist_ok=True)
    places = (kept / f"{released.stem}-{number}.ipynb" for number in itertools.count(1))
    released.rename(next(place for place in places if not place.exists()))


def brief(text: str) -> str:
    """Return the first line of a text that may be a stranger's, fit for a terminal."""
    first = "".join(
        c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text.strip().split("\n")[0]
    )
    return first if len(first) <= 200 else f"{first[:200]} ..."


def reason(notebook: NotebookNode) -> str:
    """Say in one line why a graded notebook has its score."""
    if "unreadable" in notebook.metadata:
        return notebook.metadata.unreadable
    checks = [cell for cell in notebook.cells if is_grade(cell)]
    problems = {}
    for cell in checks:
        task = cell.metadata.nbgrader.grade_id.removeprefix("check-")
        errors = [output for output in cell.outputs if output.output_type == "error"]
        advice = [
            output.text for output in cell.outputs if output.get("text", "").startswith(ADVICE)
        ]
        if errors:
            said = advice[0].removeprefix(ADVICE) if advice else errors[0].traceback[0]
            problems[task] = brief(said)
    if not problems:
        return "every check passes"
    if all(said.startswith("NotImplementedError") for said in problems.values()):
        return "nothing is answered yet"
    answered = f"{len(checks) - len(problems)} of {len(checks)} checks pass"
    task, said = next(iter(problems.items()))
    return f"{answered}; {task}: {said}"
