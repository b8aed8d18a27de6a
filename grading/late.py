"""What a late submission costs: `c.LatePolicy` of nbgrader_config.py, applied and said in words.

Every time is kept and compared in UTC. Only days follow the clocks of the course, so that "one day
later" is the same time of day, also where summer time begins or ends.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from nbformat import NotebookNode
from nbgrader.api import Gradebook, SubmittedAssignment
from nbgrader.plugins import BasePlugin
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Dict, Float, TraitError, Unicode, validate
from traitlets.config import Config

from grading.files import brief
from grading.rebuild import UnreadableError, read_bytes
from grading.release import CourseError

DAY = timedelta(days=1)
TIME = re.compile(r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|[+-]\d\d:?\d\d|.*)")


@dataclass(frozen=True)
class Late:
    """What is taken for a late submission; as text, `2 days late: 20 % taken (2.4 points)`."""

    days: int
    percent: float
    points: float

    def __str__(self) -> str:
        days, points = ("" if n == 1 else "s" for n in (self.days, self.points))
        return (
            f"{self.days} day{days} late: {self.percent:g} % taken ({self.points:g} point{points})"
        )


class LatePolicy(BasePlugin):
    """A part of the score for each day, or part of a day, after the due date.

    The due date is that of the gradebook, with its extension if it has one. Work that says no time
    is not late, nor is work for a topic without a due date.
    """

    grace = Float(0, min=0, help="Minutes after the due date that cost nothing.").tag(config=True)
    percent = Float(0, min=0, max=100, help="Percent of the score taken a day.").tag(config=True)
    cap = Float(100, min=0, max=100, help="The most percent taken.").tag(config=True)
    zone = Unicode("UTC", help="The clocks of the course, as Europe/Berlin.").tag(config=True)
    extensions = Dict(
        help="For a student days, or a new due date as '2025-03-30 23:59', or these by topic."
    ).tag(config=True)

    @validate("zone")
    def _known_zone(self, proposal: Any) -> str:
        try:
            clocks(proposal.value)
        except ValueError as problem:
            raise TraitError(f"zone: {problem}") from problem
        return proposal.value

    @validate("extensions")
    def _sound_extensions(self, proposal: Any) -> dict:
        for student, given in proposal.value.items():
            for one in given.values() if isinstance(given, Mapping) else [given]:
                try:
                    if isinstance(one, bool) or not isinstance(one, int | float):
                        moment(str(one))
                    elif not 0 <= one <= 3660:
                        raise ValueError(f"{one} days, expected 0 to 3660")
                except ValueError as problem:
                    raise TraitError(f"extensions of {student!r}: {problem}") from problem
        return proposal.value

    def due(self, submission: SubmittedAssignment) -> datetime | None:
        """Return the last moment, in UTC, at which a submission is in time, if there is one."""
        if submission.assignment.duedate is None:
            return None
        due = submission.duedate.replace(tzinfo=UTC)
        given = self.extensions.get(submission.student.id)
        if isinstance(given, Mapping):
            given = given.get(submission.assignment.name)
        if isinstance(given, int | float):
            due = (due.astimezone(clocks(self.zone)) + given * DAY).astimezone(UTC)
        elif given is not None:
            due = max(due, moment(str(given), self.zone))
        return due + timedelta(minutes=self.grace)

    def late(self, submission: SubmittedAssignment, score: float) -> Late | None:
        """Return what is taken of `score`, or None where it is nothing."""
        due = self.due(submission)
        if due is None or submission.timestamp is None:
            return None
        handed_in = submission.timestamp.replace(tzinfo=UTC)
        if handed_in <= due:
            return None
        # Two times of one zone differ by what its clocks show: a day of 25 hours is one day.
        here = clocks(self.zone)
        days = max(1, -((due.astimezone(here) - handed_in.astimezone(here)) // DAY))
        percent = min(days * self.percent, self.cap)
        points = round(score * percent / 100, 2)
        return Late(days, percent, points) if points else None

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """Answer nbgrader's preprocessor `AssignLatePenalties`."""
        gradebook, topic = self.parent.gradebook, self.parent.assignment_id
        late = self.late(gradebook.find_submission(topic, student_id), score)
        return late.points if late else None


def late_policy(config: Config) -> LatePolicy:
    """Return the policy of a course. Raises `CourseError` for a setting that cannot be."""
    try:
        policy = LatePolicy(config=config)
    except TraitError as problem:
        raise CourseError(f"nbgrader_config.py, c.LatePolicy: {problem}") from problem
    known = set(LatePolicy.class_trait_names(config=True))
    if unknown := set(config.LatePolicy) - known:
        raise CourseError(
            f"nbgrader_config.py: there is no c.LatePolicy.{min(unknown)}; "
            f"expected one of {', '.join(sorted(known))}"
        )
    return policy


def take_points(gradebook: Gradebook, topic: str, student: str, policy: LatePolicy) -> str:
    """Set the late penalty of a submission whose scores are saved; return the words for it.

    Commits nothing. An earlier penalty is replaced, and the words are empty where nothing is taken.
    """
    submission = gradebook.find_submission(topic, student)
    for notebook in submission.notebooks:
        gradebook.db.refresh(notebook, ["score"])
        late = policy.late(submission, notebook.score)
        notebook.late_submission_penalty = late.points if late else None
    gradebook.db.refresh(submission, ["score", "late_submission_penalty"])
    return late_words(submission, policy)


def late_words(submission: SubmittedAssignment, policy: LatePolicy) -> str:
    """Say what was taken for lateness, such as `2 days late: 20 % taken (2.4 points)`, or nothing.

    What the gradebook took counts. Where the policy would now take something else, because it or
    the score was changed since, only the points are said.
    """
    taken = submission.late_submission_penalty
    late = policy.late(submission, submission.score)
    if late and late.points == taken:
        return str(late)
    return f"late: {taken:g} point{'' if taken == 1 else 's'} taken" if taken else ""


class LateWords(NbGraderPreprocessor):
    """Hands `resources["nbgrader"]["late"]`, the words for lateness, to the page of feedback."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        ids = resources["nbgrader"]
        with Gradebook(ids["db_url"]) as gradebook:
            submission = gradebook.find_submission(ids["assignment"], ids["student"])
            ids["late"] = late_words(submission, LatePolicy(parent=self))
        return nb, resources


def note_time(submission: SubmittedAssignment, folder: Path) -> str:
    """Note in the gradebook when the work in `folder` was handed in.

    Returns what is wrong with its `timestamp.txt`, which then says no time, or nothing. One file of
    a stranger does not stop a class. Commits nothing.
    """
    submission.timestamp = None
    try:
        submission.timestamp = submission_time(folder)
    except CourseError as problem:
        return str(problem)
    return ""


def submission_time(folder: Path) -> datetime | None:
    """Return when the work in `folder` was handed in, as nbgrader's `timestamp.txt` there says.

    The answer is in UTC and without a zone, as the gradebook keeps it, or None without that file.
    Raises `CourseError` for a file that holds no time.
    """
    path = folder / "timestamp.txt"
    if not os.path.lexists(path):
        return None
    try:
        text = read_bytes(path).decode("utf-8-sig")
        return moment(text.strip()).replace(tzinfo=None)
    except (UnreadableError, ValueError) as problem:
        where = "/".join(path.parts[-3:])
        raise CourseError(f"{where}: {brief(str(problem))}; put it right or delete it") from problem


def moment(text: str, zone: str = "UTC") -> datetime:
    """Return a time such as `2025-03-30 23:59`, `… +0200` or `… Europe/Berlin` in UTC.

    A time that names no zone is one of `zone`. Raises `ValueError` for anything else.
    """
    match = TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no time; expected one like '2025-03-30 23:59'")
    stamp, named = match.groups()
    if named[:1] in ("+", "-") or named == "Z":
        time = datetime.fromisoformat(stamp + named)
    else:
        time = datetime.fromisoformat(stamp).replace(tzinfo=clocks(named or zone))
    try:
        return time.astimezone(UTC)
    except OverflowError as problem:
        raise ValueError(f"{text!r} is out of range") from problem


def clocks(zone: str) -> ZoneInfo:
    """Return a time zone by its name. Raises `ValueError` for a name that no zone has."""
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as problem:
        raise ValueError(
            f"unknown time zone {zone!r}; expected a name like 'Europe/Berlin' or 'UTC'"
        ) from problem
