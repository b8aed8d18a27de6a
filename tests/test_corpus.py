"""What must hold whatever students hand in; `corpus/classroom.py` says how they do.

Slow, because real code runs in real boxes. Each folder of the corpus is one class, graded by one
run of `course grade`, in a file of its own beside this one.
"""

import multiprocessing
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import nbformat
import pytest
from conftest import TOPICS, new_course
from corpus.classroom import (
    HONEST_ROWS,
    POINTS,
    TOPIC,
    Run,
    cases,
    handed_out,
    lay_class,
    leaks,
    rows,
    run,
)
from nbclient import NotebookClient
from nbgrader.api import Gradebook
from nbgrader.utils import is_grade

from grading import cli
from grading.course import Course, Row
from grading.samples import answers, filled_in

MEGABYTE = 1_000_000


@dataclass
class Class:
    """A class that was graded and has its feedback."""

    course: Course
    grading: Run
    feedback: Run
    rows: dict[str, Row]
    before: dict[str, bytes]  # the files that grading is not to change
    seconds: dict[str, float]  # what each submission took


class Musts:
    """What must hold for each class of the corpus."""

    kind: ClassVar[str]

    @pytest.fixture(scope="class")
    @classmethod
    def graded(cls, box: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
        root = tmp_path_factory.mktemp(cls.kind)
        course = lay_class(root, cls.kind)
        before, start = kept(course), time.time()
        grading = run(course, "grade", TOPIC)
        yield Class(
            course,
            grading,
            run(course, "feedback", TOPIC),
            rows(course),
            before,
            seconds(course, start),
        )
        shutil.rmtree(root)

    def test_every_student_has_a_score_and_a_reason(self, graded: Class) -> None:
        assert (graded.grading.status, graded.feedback.status) == (0, 0), graded.grading.said
        assert sorted(graded.rows) == graded.course.students(TOPIC)
        unsaid = [row for row in graded.rows.values() if not row.reason.strip()]
        assert unsaid == []
        assert "Traceback" not in graded.grading.said + graded.feedback.said
        assert "the grader failed" not in graded.grading.said

    def test_scores(self, graded: Class) -> None:
        sure = {case.student: case.score for case in cases(self.kind) if case.score is not None}
        found = {student: graded.rows[student].score for student in sure if student in graded.rows}
        assert found == sure
        assert all(0 <= row.score <= row.max_score == POINTS for row in graded.rows.values())

    def test_reasons_are_fit_to_print(self, graded: Class) -> None:
        odd = {row.student: row.reason for row in graded.rows.values() if not fit(row.reason)}
        assert odd == {}
        assert "\x1b" not in graded.grading.said

    def test_honest_students_get_what_they_get_alone(self, graded: Class) -> None:
        assert [graded.rows.get(row.student) for row in HONEST_ROWS] == HONEST_ROWS

    def test_no_secret_gets_out(self, graded: Class) -> None:
        found = {student: leaks(graded.course, student) for student in graded.rows}
        assert {student: leak for student, leak in found.items() if leak} == {}

    def test_students_get_one_inert_page(self, graded: Class) -> None:
        for student in graded.rows:
            files = handed_out(graded.course, student)
            assert list(files) == [f"{TOPIC}.html"], student
            assert active(files[f"{TOPIC}.html"]) == [], student
            assert len(files[f"{TOPIC}.html"]) < 5 * MEGABYTE, student

    def test_nothing_is_left(self, graded: Class) -> None:
        assert graded.grading.left() == []
        for place in ("/", "/tmp", "/var/tmp", "/dev/shm", Path.home(), graded.course.root):
            assert list(Path(place).glob("*left-by-a-student*")) == []
        assert kept(graded.course) == graded.before

    def test_what_it_took(self, graded: Class) -> None:
        assert graded.grading.grader_memory < 250 * MEGABYTE
        assert graded.grading.box_memory < 1600 * MEGABYTE
        assert graded.grading.shared_memory < 1600 * MEGABYTE
        assert {name: took for name, took in graded.seconds.items() if took > 35} == {}


def kept(course: Course) -> dict[str, bytes]:
    """Return the files of a course that grading is not to change."""
    folders = [course.root / "exercises", *(course.build / n for n in ("source", "submitted"))]
    return {
        str(path.relative_to(course.root)): path.read_bytes()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if not path.is_symlink() and path.is_file() and path.stat().st_size < 20 * MEGABYTE
    }


def seconds(course: Course, start: float) -> dict[str, float]:
    """Return what each submission took, from the times at which the results were written."""
    done = {
        path.stat().st_mtime: path.parent.parent.name
        for path in course.build.glob(f"autograded/*/{TOPIC}/{TOPIC}.ipynb")
    }
    return {done[now]: now - before for before, now in pairwise([start, *sorted(done)])}


def fit(reason: str) -> bool:
    """Tell whether a reason can be printed in a terminal, in a line or two."""
    return reason.isprintable() and len(reason) < 300


class Reader(HTMLParser):
    """Notes what a page would run, load or send."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "base", "form", "link", "applet"):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            where = (value or "").strip().lower()
            remote = name in ("src", "href", "action", "data", "srcset", "poster", "xlink:href")
            if name.startswith("on") or (remote and not where.startswith(("#", "data:image/png"))):
                self.found.append(f"<{tag} {name}={where[:60]}>")

    def handle_data(self, data: str) -> None:
        if self.lasttag == "style" and ("@import" in data or "url(" in data):
            self.found.append("<style> that loads")


def active(page: str) -> list[str]:
    """Return what in a page of feedback runs, loads or sends something."""
    reader = Reader()
    reader.feed(page)
    return reader.found


def grades(course: Course) -> list[tuple]:
    """Return all grades in the gradebook, cell by cell."""
    with Gradebook(f"sqlite:///{course.build}/gradebook.db", "backpropagation-by-hand") as book:
        return sorted(
            (entry.student.id, grade.name, grade.auto_score, grade.score, grade.needs_manual_grade)
            for entry in book.assignment_submissions(TOPIC)
            for notebook in entry.notebooks
            for grade in notebook.grades
        )


def grade_here(root: Path) -> None:
    """Do what `course grade mini` does, in this process."""
    os.chdir(root)
    sys.argv = ["course", "grade", TOPIC]
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    cli.main()


class TestCrashes:
    @pytest.fixture(scope="class")
    @classmethod
    def context(cls) -> multiprocessing.context.ForkServerContext:
        """Starts processes that have the course imported already, to be fast."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["test_corpus"])
        return context

    def test_ten_kills(
        self,
        box: None,
        tmp_path: Path,
        context: multiprocessing.context.ForkServerContext,
    ) -> None:
        def start(root: Path) -> multiprocessing.context.ForkServerProcess:
            process = context.Process(target=grade_here, args=[root])
            process.start()
            return process

        def result(root: Path) -> tuple[list[Row], list[tuple]]:
            course = Course(root)
            return sorted(rows(course).values(), key=lambda row: row.student), grades(course)

        laid = lay_class(tmp_path / "laid").root
        shutil.rmtree(laid / "build" / "submitted" / "zzz-blank")
        whole = shutil.copytree(laid, tmp_path / "whole")
        start(whole).join()  # the first also waits for the imports
        shutil.rmtree(whole)
        shutil.copytree(laid, whole)
        begin = time.monotonic()
        process = start(whole)
        process.join()
        took = time.monotonic() - begin
        assert process.exitcode == 0
        uninterrupted = result(whole)
        assert uninterrupted[0] == HONEST_ROWS[:2]
        for number in range(10):
            process = None
            while process is None or process.exitcode == 0:  # it had ended before it was killed
                root = tmp_path / str(number)
                shutil.rmtree(root, ignore_errors=True)
                shutil.copytree(laid, root)
                process = start(root)
                process.join((number + 0.5) / 10 * took)
                process.kill()
                process.join()
                took *= 0.9 if process.exitcode == 0 else 1
            assert process.exitcode == -signal.SIGKILL
            again = start(root)
            again.join()
            assert again.exitcode == 0
            assert result(root) == uninterrupted, f"killed after {number + 0.5} tenths"


@pytest.mark.parametrize("topic", [TOPIC, *TOPICS])
def test_two_rooms_agree_with_one_kernel(topic: str, box: None, tmp_path: Path) -> None:
    """An honest class, with every alternative, scores the same in both."""
    if topic == TOPIC:
        course = lay_class(tmp_path)
        shutil.rmtree(course.build / "submitted")
    else:
        course = Course(new_course(tmp_path))
        course.release(topic)
    blank = nbformat.read(course.build / "release" / topic / f"{topic}.ipynb", as_version=4)
    source = nbformat.read(course.build / "source" / topic / f"{topic}.ipynb", as_version=4)
    texts: dict[str, dict[str, str]] = {}
    for kind in ("alternatives", "misconceptions")[: 2 if topic == TOPIC else 1]:
        count: dict[str, int] = {}
        for answer in answers(course.root / "exercises" / kind / f"{topic}.py"):
            count[answer.task] = count.get(answer.task, 0) + 1
            texts.setdefault(f"{kind}-{count[answer.task]}", {})[answer.task] = answer.source
    first = texts["alternatives-1"]
    for student, answered in texts.items():
        folder = course.build / "submitted" / student / topic
        folder.mkdir(parents=True)
        nbformat.write(filled_in(blank, first | answered), folder / f"{topic}.ipynb")
    two_rooms = {row.student: row.score for row in course.grade(topic)}
    one_kernel = {
        student: in_one_kernel(filled_in(source, first | answered), course.build / "source" / topic)
        for student, answered in texts.items()
    }
    assert two_rooms == one_kernel
    assert {score for name, score in two_rooms.items() if name.startswith("alternatives")} == {
        sum(cell.metadata.nbgrader.points for cell in source.cells if is_grade(cell))
    }


def in_one_kernel(notebook: nbformat.NotebookNode, folder: Path) -> float:
    """Return the points of the checks that pass when a notebook runs as a student runs it."""
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(
        notebook, resources=resources, kernel_name="python3", allow_errors=True
    ).execute()
    return sum(
        cell.metadata.nbgrader.points
        for cell in notebook.cells
        if is_grade(cell) and all(output.output_type != "error" for output in cell.outputs)
    )
