"""Times the grading of a class: stock `nbgrader autograde` and `course grade`, in one run.

`make bench-grading` runs it. Stock nbgrader runs everything in one kernel for each student, one
after the other and without a box. `course grade` uses the box, two rooms and all processors. The
two take turns, and their scores must agree. The bound is what the cells take in a bare process.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

import nbformat
import psutil
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from rich.console import Console
from rich.table import Table

from grading.course import Course
from grading.samples import answers, filled_in

ROOT = Path(__file__).resolve().parent.parent
TOPIC, STUDENTS, TURNS = "loss", 40, 2
STOCK = """c = get_config()
c.CourseDirectory.course_id = "backpropagation-by-hand"
c.CourseDirectory.root = {root!r}
"""
console = Console(width=100)


def lay_class(root: Path, students: int) -> Course:
    """Lay a course in which `students` hand in right answers, and some of them one wrong one."""
    shutil.copytree(ROOT / "exercises", root / "exercises")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    course = Course(root)
    blank = nbformat.read(course.release(TOPIC), as_version=4)
    exercises = root / "exercises"
    right = {a.task: a.source for a in answers(exercises / "alternatives" / f"{TOPIC}.py")}
    wrong = cycle([{}, *answers(exercises / "misconceptions" / f"{TOPIC}.py")])
    for number, answer in enumerate(islice(wrong, students)):
        folder = course.build / "submitted" / f"student-{number:04}" / TOPIC
        folder.mkdir(parents=True)
        changed = {answer.task: answer.source} if answer else {}
        nbformat.write(filled_in(blank, right | changed), folder / f"{TOPIC}.ipynb")
    return course


def timed(command: list[str], folder: Path) -> tuple[float, float]:
    """Run a command; return its seconds, and the most megabytes of any one of its processes."""
    start, most = time.perf_counter(), 0
    program = psutil.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while program.poll() is None:
        try:
            for process in [program, *program.children(recursive=True)]:
                most = max(most, process.memory_info().rss)
        except psutil.NoSuchProcess:
            pass
        time.sleep(0.2)
    if program.returncode:
        raise SystemExit(f"{' '.join(command)} failed with status {program.returncode}")
    return time.perf_counter() - start, most / 1e6


def grade(course: Course) -> tuple[float, float]:
    """Grade the class by `course grade`."""
    return timed([f"{sys.prefix}/bin/course", "grade", TOPIC, "--quiet"], course.root)


def autograde(course: Course) -> tuple[float, float]:
    """Grade the class by stock nbgrader, with its own settings."""
    (course.root / "stock").mkdir(exist_ok=True)
    config = course.root / "stock" / "nbgrader_config.py"
    config.write_text(STOCK.format(root=str(course.build)))
    return timed([sys.executable, "-m", "nbgrader", "autograde", TOPIC], config.parent)


def scores(course: Course) -> dict[str, float]:
    """Return the scores in the gradebook."""
    with Gradebook(f"sqlite:///{course.build}/gradebook.db", "backpropagation-by-hand") as book:
        return {entry.student.id: entry.score for entry in book.assignment_submissions(TOPIC)}


def forget(course: Course) -> None:
    """Take away what grading made."""
    shutil.rmtree(course.build / "autograded", ignore_errors=True)


def bound(course: Course) -> float:
    """Return the seconds that the cells of all submissions take in a bare process."""
    folder = course.build / "source" / TOPIC
    sys.path.insert(0, str(folder))
    source = nbformat.read(folder / f"{TOPIC}.ipynb", as_version=4)
    notebooks = [
        nbformat.read(path, as_version=4) for path in course.build.glob("submitted/*/*/*.ipynb")
    ]
    start = time.perf_counter()
    for notebook in notebooks:
        run_cells(notebook, source)
    return time.perf_counter() - start


def run_cells(notebook: NotebookNode, source: NotebookNode) -> None:
    """Run the student's answers and the teacher's other cells."""
    namespace: dict = {}
    for theirs, ours in zip(notebook.cells, source.cells, strict=True):
        cell = theirs if ours.metadata.get("nbgrader", {}).get("solution") else ours
        if cell.cell_type == "code":
            try:
                exec(cell.source, namespace)
            except Exception:  # a check that fails
                continue


def compare(root: Path) -> None:
    """Print stock and ours side by side."""
    course = lay_class(root, STUDENTS)
    ways = {"nbgrader autograde": autograde, "course grade": grade}
    best = {name: (float("inf"), 0.0) for name in ways}
    for _ in range(TURNS):
        found = []
        for name, way in ways.items():
            forget(course)
            seconds, memory = way(course)
            best[name] = min(best[name][0], seconds), max(best[name][1], memory)
            found.append(scores(course))
        if found[0] != found[1]:
            raise SystemExit("the scores do not agree")
    table = Table(title=f"{STUDENTS} submissions, {os.cpu_count()} processors")
    for name in ("", "seconds", "a submission", "most memory of a process, MB"):
        table.add_column(name, justify="right" if name else "left")
    for name, (seconds, memory) in best.items():
        table.add_row(name, f"{seconds:.1f}", f"{seconds / STUDENTS:.3f}", f"{memory:.0f}")
    least = bound(course)
    table.add_row("the cells alone", f"{least:.1f}", f"{least / STUDENTS:.3f}", "")
    console.print(table)
    stock, ours = (best[name][0] for name in ways)
    console.print(f"course grade is {stock / ours:.1f} times as fast; the scores agree.")


def grow(root: Path) -> None:
    """Print what larger classes take, and what a rerun takes."""
    table = Table(title="course grade")
    for name in ("submissions", "seconds", "a submission", "a rerun, seconds", "memory, MB"):
        table.add_column(name, justify="right")
    for students in (10, 50, 200, 1000):
        course = lay_class(root / str(students), students)
        seconds, memory = grade(course)
        again, _ = grade(course)
        each = f"{seconds / students:.3f}"
        table.add_row(str(students), f"{seconds:.1f}", each, f"{again:.1f}", f"{memory:.0f}")
    console.print(table)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder, "compare"))
        grow(Path(folder))


if __name__ == "__main__":
    main()
