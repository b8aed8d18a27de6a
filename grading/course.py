"""One course on disk: releases its exercises, grades a class, writes feedback and grades."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import logging
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import reads_json
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import determine_grade
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Config, PyFileConfigLoader

from grading.box import try_box
from grading.collect import Collected, collect
from grading.execute import advice_on
from grading.files import brief, write_whole
from grading.late import late_policy, note_time, take_points
from grading.lms import export_grades, note_numbers
from grading.parallel import Work, cluster, cores, grade_all, processes
from grading.rebuild import UnreadableError, is_grade, read_bytes, task_of
from grading.release import CourseError, teacher_notebook
from grading.stock import TwoRooms

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

    Everything generated goes to `build`, by default the folder that the configuration names, and
    the gradebook is the database at the URL `db`, by default SQLite in that folder.
    """

    def __init__(
        self, root: Path, build: Path | None = None, insecure: bool = False, db: str = ""
    ) -> None:
        self.root = root
        self.config: Config = PyFileConfigLoader(CONFIG, path=str(root)).load_config()
        self.config.TwoRooms.insecure = insecure
        if build is not None:
            self.config.CourseDirectory.root = str(build)
            self.config.CsvExportPlugin.to = str(build / "grades.csv")
        if db:
            self.config.CourseDirectory.db_url = db
        self.build = Path(self.config.CourseDirectory.root)
        self.policy = late_policy(self.config)
        self.log = self.build / "course.log"
        self.insecure = insecure

    @classmethod
    def here(cls, insecure: bool = False, db: str = "") -> Course:
        """Return the course that the working folder belongs to."""
        for folder in (Path.cwd(), *Path.cwd().parents):
            if (folder / CONFIG).is_file():
                return cls(folder, insecure=insecure, db=db)
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
        rows = collect(archives, self.build / "submitted", topic)
        with self._gradebook() as gradebook:
            note_numbers(gradebook, [row.student for row in rows if row.student])
        return rows

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

    def grade(self, topic: str, jobs: int = 0, dask: str = "") -> Iterator[Row]:
        """Grade every submission for `topic`; yield the students as they are done.

        A submission that was graded before, under the same source and settings, is not run again.
        The others go to `jobs` processes, as many as there are processors for 0, or to the Dask
        cluster whose scheduler is at the address `dask`.
        """
        students = self.students(topic)
        if not self.insecure:
            try_box(self.config)
        with self._gradebook() as gradebook, self._alone():
            try:
                max_score = gradebook.find_assignment(topic).max_score
            except MissingEntry as problem:
                raise CourseError(
                    f"{topic} is not released; run: course release {topic}"
                ) from problem
            work_of = self._work_of(topic)
            marks = {}
            for student in students:
                mark = work_of(student).mark()
                before = self._graded_before(topic, student, mark)
                if before is None:
                    marks[student] = mark
                else:
                    score, late = self._save_scores(gradebook, topic, student, before)
                    yield Row(student, score, max_score, joined(reason(before), late))
            workers = partial(cluster, dask) if dask else partial(processes, jobs or cores())
            todo = ((student, work_of(student)) for student in marks)
            for student, result in grade_all(todo, workers) if marks else ():
                if isinstance(result, Exception):
                    said = f"the grader failed, grade by hand: {result}"
                    yield Row(student, 0, max_score, brief(said))
                    continue
                notebook = nbformat.reads(result.decode(), as_version=4)
                notebook.metadata["mark"] = marks[student]
                # A run that is killed between the two does this submission again.
                score, late = self._save_scores(gradebook, topic, student, notebook)
                self._save_notebook(topic, student, notebook)
                yield Row(student, score, max_score, joined(reason(notebook), late))

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the course's lock; raise CourseError where another run holds it."""
        with open(self.build / "lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as problem:
                raise CourseError(
                    f"another run is grading in {self._short(self.build)}; start again when it ends"
                ) from problem
            yield

    def _work_of(self, topic: str) -> Callable[[str], Work]:
        """Return the function that makes the work of grading a student's submission."""
        folder = self.build / "source" / topic
        name = f"{topic}.ipynb"
        files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
        source = files.pop(name)
        setting = TwoRooms(config=self.config).setting(topic)

        def work_of(student: str) -> Work:
            try:
                handed_in = read_bytes(self.build / "submitted" / student / topic / name)
            except UnreadableError as problem:
                handed_in = problem
            return Work(handed_in, name, source, files, setting)

        return work_of

    def _graded_before(self, topic: str, student: str, mark: str) -> NotebookNode | None:
        """Return the graded notebook of the last run, where nothing has changed since."""
        place = self._graded(topic, student)
        with contextlib.suppress(FileNotFoundError, ValueError):
            notebook = reads_json(place.read_text(encoding="utf-8"))
            if notebook.metadata.get("mark") == mark:
                return notebook
        return None

    def _graded(self, topic: str, student: str) -> Path:
        return self.build / "autograded" / student / topic / f"{topic}.ipynb"

    def _save_scores(
        self, gradebook: Gradebook, topic: str, student: str, notebook: NotebookNode
    ) -> tuple[float, str]:
        """Write the scores of a graded notebook, all or none.

        Return their sum, less what is taken for lateness, and the words for that.
        """
        session = gradebook.db
        # nbgrader commits row by row; a flush in its place leaves one commit, the last.
        commit, session.commit = session.commit, session.flush
        try:
            gradebook.update_or_create_student(student)
            submission = gradebook.update_or_create_submission(topic, student)
            for cell in filter(is_grade, notebook.cells):
                grade = gradebook.find_grade(cell.metadata.nbgrader.grade_id, topic, topic, student)
                grade.auto_score, _ = determine_grade(cell)
                grade.needs_manual_grade = grade.manual_score is not None
            handed_in = self.build / "submitted" / student / topic
            trouble = note_time(submission, handed_in)
            late = take_points(gradebook, topic, student, self.policy)
            commit()
            return submission.score - submission.late_submission_penalty, trouble or late
        except SQLAlchemyError as problem:
            session.rollback()
            first = str(problem).splitlines()[0]
            raise CourseError(f"the scores of {student} could not be saved: {first}") from problem
        finally:
            session.commit = commit

    def _save_notebook(self, topic: str, student: str, notebook: NotebookNode) -> None:
        """Write a graded notebook, whole or not at all."""
        place = self._graded(topic, student)
        try:
            write_whole(place, nbformat.writes(notebook).encode("utf-8", "replace"))
        except OSError as problem:
            raise CourseError(f"cannot write {self._short(place)}: {problem.strerror}") from problem

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

    def export(self, format: str = "csv") -> list[Path]:
        """Write all grades as files for a spreadsheet, Canvas or Moodle; return their paths."""
        to = Path(self.config.CsvExportPlugin.to)
        path = to if format == "csv" else to.with_stem(f"{to.stem}-{format}")
        numbers = self.config.Canvas.get("assignments", {})
        with self._gradebook() as gradebook:
            return export_grades(gradebook, format, path, self.policy, numbers)

    def _known(self, topic: str) -> None:
        if topic not in self.topics:
            raise CourseError(
                f"unknown topic {topic!r}; there are exercises for: {', '.join(self.topics)}"
            )

    def _gradebook(self) -> Gradebook:
        """Open the gradebook, after a look that it is this course's own."""
        self.build.mkdir(parents=True, exist_ok=True)
        where = CourseDirectory(config=self.config)
        shown = re.sub(r"(?<=://)([^/@]*):[^@]*@", r"\1@", where.db_url)  # without a password
        try:
            engine = create_engine(where.db_url)
            with engine.connect() as connection:
                if inspect(engine).has_table("course"):
                    ids = set(connection.execute(text("SELECT id FROM course")).scalars())
                    # nbgrader itself adds "default_course" to every gradebook.
                    if ids - {"default_course"} and where.course_id not in ids:
                        raise CourseError(
                            f"{shown} is the gradebook of another course "
                            f"({', '.join(sorted(ids))}), not of {where.course_id}"
                        )
            engine.dispose()
            return Gradebook(where.db_url, where.course_id)
        except (SQLAlchemyError, ImportError) as problem:
            first = str(problem).splitlines()[0]
            raise CourseError(f"cannot open the gradebook {shown}: {first}") from problem

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


def joined(*said: str) -> str:
    """Return what there is to say in one line."""
    return "; ".join(filter(None, said))


def reason(notebook: NotebookNode) -> str:
    """Say in one line why a graded notebook has its score."""
    if "unreadable" in notebook.metadata:
        return notebook.metadata.unreadable
    checks = [cell for cell in notebook.cells if is_grade(cell)]
    problems = {}
    for cell in checks:
        errors = [output for output in cell.outputs if output.output_type == "error"]
        if errors:
            problems[task_of(cell)] = brief(advice_on(cell) or errors[0].traceback[0])
    if not problems:
        return "every check passes"
    if all(said.startswith("NotImplementedError") for said in problems.values()):
        return "nothing is answered yet"
    answered = f"{len(checks) - len(problems)} of {len(checks)} checks pass"
    task, said = next(iter(problems.items()))
    return f"{answered}; {task}: {said}"
