"""Writes the report on a graded class: a page that loads nothing and, by default, names nobody."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

import nbformat
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from nbformat import NotebookNode

from grading.course import Course
from grading.execute import advice_on
from grading.files import brief, write_whole
from grading.rebuild import is_grade, is_solution, task_of
from grading.release import CourseError

SLOWEST = 10  # submissions whose time is shown
UNMARKED = "**The notebook came without the marks"
# The grader's own words, so that nothing a student wrote gets onto the page.
STOPPED = re.compile(
    r"stopped: the code (was still running when its time was up|ended its own process"
    r"|took more than \d+ MB of memory|ran for more than \d+ seconds of processor time"
    r"|could not be watched)"
    r"|not run: the submission used up its \d+ seconds"
)
PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Submission:
    """What the report says of one submission; `won` and `advice` go by task."""

    student: str
    won: dict[str, float]
    advice: dict[str, str]
    concerns: list[str]
    seconds: float | None

    @property
    def score(self) -> float:
        return sum(self.won.values())


def class_report(course: Course, topic: str, names: bool = False) -> Path:
    """Write `build/report/<topic>.html` about all graded submissions for `topic`; return its path.

    Students are numbered at random, anew each time; with `names` they appear by name. Raises
    `CourseError` where nothing is graded, a graded notebook is damaged or not in the gradebook, or
    the page cannot be written.
    """
    course._known(topic)
    graded = {
        path.parent.parent.name: path
        for path in course.build.glob(f"autograded/*/{topic}/{topic}.ipynb")
    }
    if not graded:
        raise CourseError(f"nothing is graded yet; run: course grade {topic}")
    handed_in = {path.parent.name for path in course.build.glob(f"submitted/*/{topic}")}
    shown = labels(handed_in | set(graded), names)
    won = points_won(course, topic)
    if lost := sorted(set(graded) - set(won)):
        raise CourseError(f"the gradebook has no {topic} of {lost[0]}; run: course grade {topic}")
    submissions = [
        examined(label, read(graded[student]), won[student])
        for student, label in shown.items()
        if student in graded
    ]
    possible = {
        task_of(cell): cell.metadata.nbgrader.points
        for cell in read(next(iter(graded.values()))).cells
        if is_grade(cell)
    }
    ungraded = [label for student, label in shown.items() if student not in graded]
    page = course.build / "report" / f"{topic}.html"
    text = PAGES.get_template("report.html").render(
        topic=topic, names=names, **figures(submissions, possible, ungraded)
    )
    try:
        write_whole(page, text.encode())
    except OSError as problem:
        raise CourseError(f"cannot write {page}: {problem.strerror}") from problem
    return page


def points_won(course: Course, topic: str) -> dict[str, dict[str, float]]:
    """Return the points of each student by task, as the gradebook has them."""
    with course._gradebook() as gradebook:
        return {
            entry.student.id: {
                grade.name.removeprefix("check-"): grade.score
                for notebook in entry.notebooks
                for grade in notebook.grades
            }
            for entry in gradebook.assignment_submissions(topic)
        }


def labels(students: set[str], names: bool) -> dict[str, str]:
    """Return what each student is called on the page, in the order of the page."""
    order = sorted(students)
    if names:
        return {student: brief(student) for student in order}
    random.SystemRandom().shuffle(order)
    return {student: f"Student {number}" for number, student in enumerate(order, 1)}


def read(path: Path) -> NotebookNode:
    """Return a graded notebook."""
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError) as problem:
        raise CourseError(
            f"{path} cannot be read; delete it and run: course grade {path.stem}"
        ) from problem


def examined(student: str, notebook: NotebookNode, won: dict[str, float]) -> Submission:
    """Return what the report says of a graded notebook."""
    advice = {
        task_of(cell): advice
        for cell in filter(is_grade, notebook.cells)
        if (advice := advice_on(cell))
    }
    return Submission(student, won, advice, concerns(notebook), notebook.metadata.get("seconds"))


def concerns(notebook: NotebookNode) -> list[str]:
    """Return why a person should look at a graded notebook, as phrases."""
    said = []
    if "unreadable" in notebook.metadata:
        said.append(f"not read: {brief(notebook.metadata.unreadable)}")
    remarks = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    if any(remark.startswith(UNMARKED) for remark in remarks):
        said.append("marks lost: its cells were matched to the tasks by name or place")
    stopped: dict[str, list[str]] = {}
    for cell in notebook.cells:
        marked = is_grade(cell) or is_solution(cell)
        place = task_of(cell) if marked else "a cell of their own"
        for output in cell.get("outputs", []):
            if found := STOPPED.match("".join(output.get("traceback", [])[:1])):
                stopped.setdefault(found[0], []).append(place)
    said += [f"{words} ({', '.join(dict.fromkeys(at))})" for words, at in stopped.items()]
    return said


def figures(
    submissions: list[Submission], possible: dict[str, float], ungraded: list[str]
) -> dict[str, object]:
    """Return all that the page shows, ready for the template."""
    scores = [submission.score for submission in submissions]
    tasks = [
        {
            "name": task,
            "points": points,
            "passed": sum(s.won.get(task, 0) >= points for s in submissions),
            "mean": mean(s.won.get(task, 0) for s in submissions),
        }
        for task, points in possible.items()
    ]
    shared = Counter(pair for s in submissions for pair in s.advice.items())
    timed = [s for s in submissions if s.seconds is not None]
    return {
        "graded": len(submissions),
        "most": sum(possible.values()),
        "scores": scores,
        "mean": mean(scores),
        "median": median(scores),
        "histogram": histogram(scores, sum(possible.values())),
        "tasks": tasks,
        "misconceptions": sorted(shared.items(), key=lambda item: (-item[1], item[0])),
        "concerns": [
            *((student, ["handed in, not graded"]) for student in ungraded),
            *((s.student, s.concerns) for s in submissions if s.concerns),
        ],
        "seconds": [s.seconds for s in timed],
        "median_seconds": median(s.seconds for s in timed) if timed else 0,
        "slowest": sorted(timed, key=lambda s: -s.seconds)[:SLOWEST],
    }


def histogram(scores: list[float], most: float) -> dict[str, int]:
    """Return how many scores lie in each range of whole points, from the lowest, in few ranges."""
    top = int(max(most, *scores))
    width = max(1, math.ceil(top / 10))
    counts = Counter(int(score // width) for score in scores)
    lows = range(0, top + 1, width)
    highs = (min(low + width - 1, top) for low in lows)
    return {
        f"{low}" if low == high else f"{low} to {high}": counts[low // width]
        for low, high in zip(lows, highs, strict=True)
    }
