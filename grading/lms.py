"""Writes the grades as the files that a spreadsheet, Canvas and Moodle read.

The columns are those that the importers of the two systems look for:
Canvas, https://github.com/instructure/canvas-lms, lib/gradebook_importer.rb;
Moodle, https://github.com/moodle/moodle, mod/assign/feedback/offline/importgradeslib.php.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, Gradebook, Student, SubmittedAssignment
from sqlalchemy.orm import joinedload, undefer

from grading.files import write_whole
from grading.late import LatePolicy, late_words
from grading.release import CourseError

FORMATS = ("csv", "canvas", "moodle")
# Where a spreadsheet may see a formula begin, whatever separates its cells. And a backslash before
# a quotation mark or the end, which PHP, and so Moodle, takes for an escape.
RISKY = re.compile(
    "((?:^|[,;\"\t\r\n]) *(?='*[-=+@\uff0d\uff1d\uff0b\uff20])" + r"""|\\(?='*(?:"|\Z)))"""
)
Rows = Iterator[list[Any]]


def export_grades(
    gradebook: Gradebook,
    format: str,
    path: Path,
    policy: LatePolicy,
    canvas: Mapping[str, int] | None = None,
) -> list[Path]:
    """Write the grades, less what was taken for lateness; return the files that were written.

    - `csv`: one row for each student and topic, with the columns of nbgrader's `CsvExportPlugin`.
    - `canvas`: one row for each student and one column for each topic, for *Import* in the Canvas
      gradebook. `canvas` gives the number of a topic's assignment there; without it Canvas looks
      for the name of the topic. Work that was not handed in has no score.
    - `moodle`: for each topic a file `<stem>-<topic>.csv`, for *Upload grading worksheet* in an
      assignment of Moodle in English. Moodle numbers participants anew in each assignment.

    Canvas and Moodle get UTF-8 with a byte order mark, which both drop and spreadsheets need.
    Commas, quotation marks and line ends are quoted. Where a cell could start a formula, an
    apostrophe stands before its `=`, `+`, `-` or `@`, as also after a backslash that ends a cell or
    a quotation. Taking away one apostrophe at each such place gives the very same text again.

    Raises `CourseError` for another format, for a gradebook without any graded work where Canvas or
    Moodle is to have it, and where the file cannot be written.
    """
    if format not in FORMATS:
        raise CourseError(f"unknown format {format!r}; expected one of: {', '.join(FORMATS)}")
    if format == "csv":
        return [write(path, nbgrader_rows(gradebook), "utf-8")]
    work = {topic: handed_in(gradebook, topic) for topic in gradebook.assignments}
    work = {topic: submissions for topic, submissions in work.items() if submissions}
    if not work:
        raise CourseError("nothing is graded yet; run: course grade <topic>")
    if format == "canvas":
        return [write(path, canvas_rows(gradebook.students, work, canvas or {}), "utf-8-sig")]
    return [
        write(
            path.with_name(f"{path.stem}-{topic.name}{path.suffix}"),
            moodle_rows(topic, submissions, policy),
            "utf-8-sig",
        )
        for topic, submissions in work.items()
    ]


def note_numbers(gradebook: Gradebook, students: Iterable[str]) -> None:
    """Note the number that the LMS gave to each of the collected `students`.

    `course collect` ends their names with it: `ann-doe-512`. A number in the gradebook stays.
    """
    for name in sorted(set(students)):
        number = name.rpartition("-")[2]
        if number.isdecimal():
            student = gradebook.update_or_create_student(name)
            student.lms_user_id = student.lms_user_id or number
    gradebook.db.commit()


def nbgrader_rows(gradebook: Gradebook) -> Rows:
    """Yield what nbgrader's `CsvExportPlugin` writes, which does not quote."""
    yield [
        *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
        *("raw_score", "late_submission_penalty", "score", "max_score"),
    ]
    students = gradebook.students
    for topic in gradebook.assignments:
        submissions = handed_in(gradebook, topic)
        for student in students:
            work = submissions.get(student.id)
            time, scores = "", (0.0, 0.0, 0.0)
            if work:
                time, penalty = work.timestamp, work.late_submission_penalty
                scores = work.score, penalty, final(work)
            who = student.id, student.last_name, student.first_name, student.email
            yield [topic.name, topic.duedate, time, *who, *scores, topic.max_score]


def canvas_rows(
    students: list[Student],
    work: dict[Assignment, dict[str, SubmittedAssignment]],
    numbers: Mapping[str, int],
) -> Rows:
    """Yield the rows of a Canvas gradebook. Who has no number there is found by login or name."""
    titles = [
        f"{topic.name} ({numbers[topic.name]})" if topic.name in numbers else topic.name
        for topic in work
    ]
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *titles]
    yield ["    Points Possible", "", "", "", "", *(points(topic.max_score) for topic in work)]
    for student in students:
        name = ", ".join(filter(None, (student.last_name, student.first_name))) or student.id
        number = student.lms_user_id
        scores = [
            points(final(submissions[student.id])) if student.id in submissions else ""
            for submissions in work.values()
        ]
        yield [name, number, "", "" if number else student.id, "", *scores]


def moodle_rows(
    topic: Assignment, submissions: dict[str, SubmittedAssignment], policy: LatePolicy
) -> Rows:
    """Yield the rows of a grading worksheet of Moodle, which passes over columns it does not know.

    It finds a participant by the identifier. *Import* in the gradebook can use the username.
    """
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    yield [
        *("Identifier", "Full name", "Username", "Grade", "Maximum Grade"),
        *("Last modified (grade)", "Late"),
    ]
    for work in submissions.values():
        student = work.student
        name = " ".join(filter(None, (student.first_name, student.last_name))) or student.id
        identifier = f"Participant {student.lms_user_id}" if student.lms_user_id else ""
        grades = points(final(work)), points(topic.max_score)
        yield [identifier, name, student.id, *grades, now, late_words(work, policy)]


def handed_in(gradebook: Gradebook, topic: Assignment) -> dict[str, SubmittedAssignment]:
    """Return the submissions for a topic by student, with their scores, in one query."""
    found = (
        gradebook.db.query(SubmittedAssignment)
        .options(
            joinedload(SubmittedAssignment.student),
            undefer(SubmittedAssignment.score),
            undefer(SubmittedAssignment.late_submission_penalty),
        )
        .filter(SubmittedAssignment.assignment_id == topic.id)
        .order_by(SubmittedAssignment.student_id)
    )
    return {submission.student_id: submission for submission in found}


def final(submission: SubmittedAssignment) -> float:
    """Return the score of a submission, less what was taken for lateness."""
    return max(0.0, submission.score - submission.late_submission_penalty)


def points(score: float) -> str:
    """Return a score to hundredths, as Canvas and Moodle show them."""
    return f"{score:.2f}"


def safe(text: str) -> str:
    """Return `text` with an apostrophe wherever a cell with it could do harm."""
    return RISKY.sub(r"\1'", text)


def write(path: Path, rows: Rows, encoding: str) -> Path:
    """Write a file whole or not at all; return its path."""
    content = io.StringIO()
    cells = (["" if cell is None else safe(str(cell)) for cell in row] for row in rows)
    csv.writer(content, lineterminator="\n").writerows(cells)
    try:
        write_whole(path, content.getvalue().encode(encoding))
    except OSError as problem:
        raise CourseError(f"cannot write {path}: {problem.strerror}") from problem
    return path
