"""One course on disk: releases its exercises, grades a class, writes feedback and grades."""

from __future__ import annotations

import itertools
import logging
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins.export import CsvExportPlugin
from nbgrader.utils import is_grade
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Config, PyFileConfigLoader

from grading.box import try_box
from grading.execute import ADVICE
from grading.release import CourseError, teacher_notebook

CONFIG = "nbgrader_config.py"


class AutogradeOne(Autograde):
    """Autograde the submission of one student, even where there is no notebook in it."""

    def init_notebooks(self) -> None:
        folder = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        self.assignments = {folder: [f"{folder}/{self.coursedir.assignment_id}.ipynb"]}


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
        """Grade every submission for `topic`, one after the other."""
        students = self.students(topic)
        if not self.insecure:
            try_box(self.config)
        with self._gradebook() as gradebook:
            try:
                gradebook.find_assignment(topic)
            except MissingEntry as problem:
                raise CourseError(
                    f"{topic} is not released; run: course release {topic}"
                ) from problem
            max_score = gradebook.find_assignment(topic).max_score
        for student in students:
            try:
                self._convert(AutogradeOne, topic, student)
                yield self.row(topic, student)
            except (CourseError, OSError, SQLAlchemyError) as problem:
                yield Row(student, 0, max_score, f"the grader failed, grade by hand: {problem}")

    def row(self, topic: str, student: str) -> Row:
        """Return what the gradebook and the graded notebook say of one submission."""
        notebook = nbformat.read(self.build / "autograded" / student / topic / f"{topic}.ipynb", 4)
        with self._gradebook() as gradebook:
            entry = gradebook.find_submission(topic, student)
            score, max_score = entry.score, entry.max_score
        return Row(student, score, max_score, reason(notebook))

    def feedback(self, topic: str) -> list[Path]:
        """Write one HTML page for each graded submission of `topic`; return the pages."""
        self._known(topic)
        graded = self.build.glob(f"autograded/*/{topic}/{topic}.ipynb")
        students = sorted(path.parent.parent.name for path in graded)
        if not students:
            raise CourseError(f"nothing is graded yet; run: course grade {topic}")
        for student in students:
            self._convert(GenerateFeedback, topic, student)
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
            problems[task] = said.splitlines()[0]
    if not problems:
        return "every check passes"
    if all(said.startswith("NotImplementedError") for said in problems.values()):
        return "nothing is answered yet"
    answered = f"{len(checks) - len(problems)} of {len(checks)} checks pass"
    task, said = next(iter(problems.items()))
    return f"{answered}; {task}: {said}"
