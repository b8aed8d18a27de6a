"""The command line of the course: `course --help`."""

from __future__ import annotations

import json
import logging
import sys
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import SAWarning

from grading.box import BoxError
from grading.course import Course, Row
from grading.demo import make_demo
from grading.release import CourseError
from grading.report import class_report
from grading.serve import serve_site

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Release the exercises of the course, grade a class, hand out feedback and grades.",
)
console = Console()
Topic = Annotated[str, typer.Argument(help="A topic that has exercises, for example loss.")]
Insecure = Annotated[
    bool, typer.Option("--insecure", help="Run students' code on this machine without a box.")
]

Db = Annotated[
    str, typer.Option(metavar="URL", help="The gradebook, where it is not build/gradebook.db.")
]


@app.command()
def release(
    topic: Annotated[str, typer.Argument(help="A topic that has exercises.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Release every topic.")] = False,
    db: Db = "",
) -> None:
    """Make the notebook that students get."""
    course = Course.here(db=db)
    if bool(topic) == everything:
        raise CourseError("name one topic, or pass --all")
    for name in course.topics if everything else [topic]:
        before = course.kept()
        console.print(f"released {shown(course.release(name))}")
        for work in course.kept() - before:
            console.print(f"the old one held work, which is now {shown(work)}")


@app.command()
def collect(
    topic: Topic,
    archives: Annotated[
        list[Path], typer.Argument(help="Zip files as Canvas or Moodle gave them.")
    ],
) -> None:
    """Take submissions from archives into build/submitted/<student>/<topic>/."""
    table = Table(title=topic, title_justify="left")
    for name in ("student", "file", "what became of it"):
        table.add_column(name, overflow="fold")
    for row in Course.here().collect(topic, archives):
        table.add_row(row.student or "?", Text(row.file), row.note)
    console.print(table, markup=False)


@app.command()
def grade(
    topic: Topic,
    insecure: Insecure = False,
    jobs: Annotated[int, typer.Option(min=0, help="Processes; 0: one for each processor.")] = 0,
    dask: Annotated[str, typer.Option(help="Address of a Dask scheduler, tcp://HOST:PORT.")] = "",
    db: Db = "",
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")] = False,
) -> None:
    """Grade every submission in build/submitted/<student>/<topic>/."""
    course = Course.here(insecure, db)
    rows = grade_class(course, topic, quiet or as_json, jobs, dask)
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=1))
    elif not quiet:
        print_rows(rows, topic)
        console.print(f"Feedback pages: course feedback {topic}. Grades as a file: course export.")


@app.command()
def feedback(topic: Topic, db: Db = "") -> None:
    """Write one HTML page for each graded student."""
    for page in Course.here(db=db).feedback(topic):
        console.print(f"wrote {shown(page)}")


@app.command()
def export(
    format: Annotated[str, typer.Option(help="csv, canvas or moodle.")] = "csv", db: Db = ""
) -> None:
    """Write all grades to files in build/."""
    for path in Course.here(db=db).export(format):
        console.print(f"wrote {shown(path)}")


@app.command()
def report(
    topic: Topic,
    names: Annotated[bool, typer.Option("--names", help="Show the students' names.")] = False,
    db: Db = "",
) -> None:
    """Write one HTML page about a graded class."""
    console.print(f"wrote {shown(class_report(Course.here(db=db), topic, names))}")


@app.command()
def demo(insecure: Insecure = False) -> None:
    """Go the whole way on a sample class, in a folder of its own."""
    here = Course.here(insecure)
    course = Course(here.root, here.build / "demo", insecure)
    for topic in course.topics:
        make_demo(course, topic)
        print_rows(grade_class(course, topic), topic)
        course.feedback(topic)
        class_report(course, topic)
    (grades,) = course.export()
    places = Table(show_header=False, box=None)
    for what, where in {
        "released notebooks": "release/<topic>/",
        "submissions": "submitted/<student>/<topic>/",
        "graded notebooks": "autograded/<student>/<topic>/",
        "feedback pages": "feedback/<student>/<topic>/",
        "class reports": "report/<topic>.html",
        "grades": grades.name,
        "gradebook": "gradebook.db",
    }.items():
        places.add_row(what, f"{shown(course.build)}/{where}")
    console.print(places)


@app.command()
def serve(
    folder: Annotated[Path, typer.Argument(help="The built site.")] = Path("build/site"),
    port: Annotated[int, typer.Option(help="The first port to try.")] = 8000,
) -> None:
    """Show the built book at a local address."""
    serve_site(folder, port)


class Rate(ProgressColumn):
    """Shows how many submissions are done in a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:.1f} a second")


def grade_class(
    course: Course, topic: str, quiet: bool = False, jobs: int = 0, dask: str = ""
) -> list[Row]:
    """Grade a class with a progress bar; return the rows in the order of the students' names."""
    students = course.students(topic)
    columns = [TextColumn("grading {task.description}"), BarColumn(), MofNCompleteColumn()]
    bar = Progress(
        *columns,
        Rate(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=quiet or not sys.stderr.isatty(),
    )
    rows: list[Row] = []
    grading = course.grade(topic, jobs, dask)
    try:
        with bar:
            for row in bar.track(grading, total=len(students), description=topic):
                rows.append(row)
    except KeyboardInterrupt:
        grading.close()
        said = f"stopped: {len(rows)} of {len(students)} are graded; the same command goes on there"
        print(f"course: {said}", file=sys.stderr)
        raise typer.Exit(130) from None
    return sorted(rows, key=lambda row: row.student)


def print_rows(rows: list[Row], topic: str) -> None:
    """Print a class as a table, or as lines where no person reads it."""
    if not console.is_terminal:
        for row in rows:
            print(f"{row.student}\t{row.score:g} / {row.max_score:g}\t{row.reason}")
        return
    table = Table(title=topic, title_justify="left")
    table.add_column("student", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("reason", overflow="fold")
    for row in rows:
        table.add_row(row.student, f"{row.score:g} / {row.max_score:g}", row.reason)
    console.print(table, markup=False)


def shown(path: Path) -> Path:
    """Return a path as a person at this terminal would type it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def main() -> None:
    """Run the command line; what went wrong is one line on stderr and exit status 2."""
    for name in ("traitlets", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore", SAWarning)
    try:
        app()
    except (CourseError, BoxError) as problem:
        sys.exit(say_and_fail(str(problem)))
    except OSError as problem:
        where = f"{problem.filename}: " if problem.filename else ""
        sys.exit(say_and_fail(f"{where}{problem.strerror or problem}"))


def say_and_fail(problem: str) -> int:
    """Print what went wrong in one line; return the exit status."""
    print(f"course: {' '.join(problem.split())}", file=sys.stderr)
    return 2
