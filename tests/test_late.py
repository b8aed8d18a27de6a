"""The late policy: when work is late, what it costs, and that stock nbgrader charges the same."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook, SubmittedAssignment
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config, PyFileConfigLoader

from grading.late import (
    Late,
    LatePolicy,
    LateWords,
    late_policy,
    late_words,
    moment,
    note_time,
    submission_time,
    take_points,
)
from grading.release import CourseError

DUE = "2025-03-10 23:59 UTC"
TENTH = Config(LatePolicy={"percent": 10})


def policy(**settings: Any) -> LatePolicy:
    return late_policy(Config(LatePolicy={"percent": 10} | settings))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gradebook]:
    """A gradebook with the topic `loss`, of 20 points."""
    where = tmp_path_factory.mktemp("late") / "gradebook.db"
    with Gradebook(f"sqlite:///{where}") as gradebook:
        gradebook.add_assignment("loss")
        gradebook.add_notebook("loss", "loss")
        gradebook.add_grade_cell("check-mse", "loss", "loss", max_score=20, cell_type="code")
        yield gradebook


Handed = Callable[..., SubmittedAssignment]


@pytest.fixture
def handed(book: Gradebook) -> Handed:
    """Let Ann hand in at a time, for 12 of 20 points; return her submission."""

    def hand_in(time: str | None, due: str | None = DUE, score: float = 12) -> SubmittedAssignment:
        book.update_or_create_assignment("loss", duedate=due and moment(due).replace(tzinfo=None))
        book.update_or_create_student("ann")
        work = book.update_or_create_submission(
            "loss", "ann", timestamp=time and moment(time).replace(tzinfo=None)
        )
        work.extension = None
        book.find_grade("check-mse", "loss", "loss", "ann").auto_score = score
        book.db.commit()
        return work

    return hand_in


def days(work: SubmittedAssignment, rules: LatePolicy) -> int:
    late = rules.late(work, work.score)
    return late.days if late else 0


class TestDays:
    @pytest.mark.parametrize(
        ("time", "expected"),
        [
            ("2025-03-01 00:00", 0),
            ("2025-03-10 23:59", 0),
            ("2025-03-10 23:59:00.000001", 1),
            ("2025-03-11 23:59", 1),
            ("2025-03-11 23:59:01", 2),
            ("2025-03-31 12:00", 21),
        ],
    )
    def test_each_day_that_began_counts(self, handed: Handed, time: str, expected: int) -> None:
        assert days(handed(time), policy(percent=1)) == expected

    @pytest.mark.parametrize(
        ("time", "expected"),
        [("2025-03-11 00:59", 0), ("2025-03-11 00:59:01", 1), ("2025-03-12 00:59", 1)],
    )
    def test_days_count_from_the_end_of_the_grace(
        self, handed: Handed, time: str, expected: int
    ) -> None:
        assert days(handed(time), policy(grace=60)) == expected

    @pytest.mark.parametrize(("time", "due"), [(None, DUE), ("2025-04-01 00:00", None)])
    def test_without_both_times_nothing_is_late(
        self, handed: Handed, time: str | None, due: str | None
    ) -> None:
        assert policy().late(handed(time, due), 12) is None

    @pytest.mark.parametrize(
        ("due", "time", "expected"),
        [
            # Clocks go forward on March 30: that day has 23 hours.
            ("2025-03-29 23:59 +0100", "2025-03-30 23:59 +0200", 1),
            ("2025-03-29 23:59 +0100", "2025-03-31 00:30 +0200", 2),
            # Clocks go back on October 26: that day has 25 hours.
            ("2025-10-25 23:59 +0200", "2025-10-26 23:59 +0100", 1),
            ("2025-10-25 23:59 +0200", "2025-10-27 00:00 +0100", 2),
            # The hour from two to three comes twice: 45 minutes late, at an earlier time of day.
            ("2025-10-26 02:30 +0200", "2025-10-26 02:15 +0100", 1),
            ("2025-10-26 02:30 +0100", "2025-10-26 02:45 +0200", 0),
        ],
    )
    def test_a_day_ends_at_the_same_time_of_day(
        self, handed: Handed, due: str, time: str, expected: int
    ) -> None:
        assert days(handed(time, due), policy(zone="Europe/Berlin")) == expected


class TestExtensions:
    @pytest.mark.parametrize(
        ("given", "due"),
        [
            ({"ann": 2}, "2025-03-12 23:59"),
            ({"ann": 0.5}, "2025-03-11 11:59"),
            ({"ann": "2025-03-20 12:00"}, "2025-03-20 12:00"),
            ({"ann": "2025-03-20 12:00 +0100"}, "2025-03-20 11:00"),
            ({"ann": datetime(2025, 3, 20, 12)}, "2025-03-20 12:00"),
            ({"ann": "2025-03-01 12:00"}, "2025-03-10 23:59"),
            ({"ann": {"loss": 2, "backprop": 9}}, "2025-03-12 23:59"),
            ({"ann": {"backprop": 9}}, "2025-03-10 23:59"),
            ({"bob": 2}, "2025-03-10 23:59"),
        ],
    )
    def test_an_extension_moves_the_due_date(
        self, handed: Handed, given: dict[str, Any], due: str
    ) -> None:
        assert policy(extensions=given).due(handed(None)) == moment(due)

    def test_days_and_dates_are_those_of_the_course(self, handed: Handed) -> None:
        work = handed(None, "2025-03-29 23:59 +0100")
        berlin = {"zone": "Europe/Berlin"}
        assert policy(extensions={"ann": 1}, **berlin).due(work) == moment("2025-03-30 21:59")
        date = {"ann": "2025-07-01 23:59"}
        assert policy(extensions=date, **berlin).due(work) == moment("2025-07-01 21:59")

    def test_the_extension_of_the_gradebook_counts_too(self, handed: Handed) -> None:
        work = handed(None)
        work.extension = timedelta(days=3)
        assert policy().due(work) == moment("2025-03-13 23:59")
        assert policy(extensions={"ann": 2}, grace=1).due(work) == moment("2025-03-16 00:00")


class TestPoints:
    @pytest.mark.parametrize(
        ("settings", "time", "expected"),
        [
            ({}, "2025-03-12 12:00", Late(2, 20, 2.4)),
            ({"cap": 15}, "2025-03-12 12:00", Late(2, 15, 1.8)),
            ({}, "2025-06-01 00:00", Late(83, 100, 12)),
            ({"percent": 33.3}, "2025-03-11 12:00", Late(1, 33.3, 4.0)),
            ({"percent": 0}, "2025-03-12 12:00", None),
        ],
    )
    def test_percent_a_day_up_to_the_cap(
        self, handed: Handed, settings: dict[str, float], time: str, expected: Late | None
    ) -> None:
        assert policy(**settings).late(handed(time), 12) == expected

    def test_the_words(self) -> None:
        assert str(Late(2, 20, 2.4)) == "2 days late: 20 % taken (2.4 points)"
        assert str(Late(1, 12.5, 1.0)) == "1 day late: 12.5 % taken (1 point)"

    def test_points_are_taken_in_the_gradebook(self, book: Gradebook, handed: Handed) -> None:
        work = handed("2025-03-12 12:00")
        said = take_points(book, "loss", "ann", policy())
        assert said == "2 days late: 20 % taken (2.4 points)"
        assert (work.score, work.late_submission_penalty) == (12, 2.4)
        book.db.rollback()
        assert work.late_submission_penalty == 0

    def test_scores_that_are_not_yet_committed_count(self, book: Gradebook, handed: Handed) -> None:
        work = handed("2025-03-12 12:00")
        assert work.notebooks[0].score == 12
        book.find_grade("check-mse", "loss", "loss", "ann").auto_score = 20
        assert take_points(book, "loss", "ann", policy()).endswith("(4 points)")

    def test_a_penalty_goes_when_its_reason_goes(self, book: Gradebook, handed: Handed) -> None:
        work = handed("2025-03-12 12:00")
        take_points(book, "loss", "ann", policy())
        assert take_points(book, "loss", "ann", policy(extensions={"ann": 2})) == ""
        assert work.late_submission_penalty == 0

    def test_words_never_contradict_the_gradebook(self, book: Gradebook, handed: Handed) -> None:
        work = handed("2025-03-12 12:00")
        take_points(book, "loss", "ann", policy())
        assert late_words(work, policy(percent=5)) == "late: 2.4 points taken"
        assert late_words(work, policy(percent=0)) == "late: 2.4 points taken"
        take_points(book, "loss", "ann", policy(percent=0))
        assert late_words(work, policy()) == ""


class TestStockNbgrader:
    def resources(self, book: Gradebook) -> dict[str, Any]:
        ids = {"notebook": "loss", "assignment": "loss", "student": "ann"}
        return {"nbgrader": ids | {"db_url": str(book.engine.url)}}

    @pytest.mark.parametrize(
        ("time", "given", "taken"),
        [
            ("2025-03-12 12:00", {}, 2.4),
            ("2025-03-12 12:00", {"ann": 1}, 1.2),
            ("2025-03-12 12:00", {"ann": 9}, 0),
            ("2025-03-10 12:00", {}, 0),
        ],
    )
    def test_its_preprocessor_takes_the_same(
        self, book: Gradebook, handed: Handed, time: str, given: dict[str, int], taken: float
    ) -> None:
        work = handed(time)
        settings = {"percent": 10, "extensions": given}
        config = Config(LatePolicy=settings)
        config.AssignLatePenalties.plugin_class = "grading.late.LatePolicy"
        AssignLatePenalties(config=config).preprocess(new_notebook(), self.resources(book))
        book.db.expire_all()
        assert work.late_submission_penalty == taken
        take_points(book, "loss", "ann", late_policy(config))
        assert work.late_submission_penalty == taken

    def test_the_page_of_feedback_gets_the_words(self, book: Gradebook, handed: Handed) -> None:
        handed("2025-03-12 12:00")
        take_points(book, "loss", "ann", policy())
        book.db.commit()
        _, resources = LateWords(config=TENTH).preprocess(new_notebook(), self.resources(book))
        assert resources["nbgrader"]["late"] == "2 days late: 20 % taken (2.4 points)"


class TestSettings:
    def test_those_of_this_course_are_sound(self) -> None:
        late_policy(PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config())

    @pytest.mark.parametrize(
        ("settings", "said"),
        [
            ({"percent": 110}, "percent"),
            ({"cap": -1}, "cap"),
            ({"grace": "an hour"}, "grace"),
            ({"zone": "Mars/Olympus"}, "unknown time zone 'Mars/Olympus'"),
            ({"extensions": {"ann": "friday"}}, "extensions of 'ann': 'friday' is no time"),
            ({"extensions": {"ann": "2025-03-20"}}, "expected one like '2025-03-30 23:59'"),
            ({"extensions": {"ann": {"loss": -1}}}, "extensions of 'ann': -1 days"),
            ({"extensions": {"ann": True}}, "extensions of 'ann'"),
            ({"percent_per_day": 10}, "no c.LatePolicy.percent_per_day; expected one of cap, ext"),
        ],
    )
    def test_others_are_refused_in_one_line(self, settings: dict[str, Any], said: str) -> None:
        with pytest.raises(CourseError, match=r"^nbgrader_config\.py.*LatePolicy") as problem:
            late_policy(Config(LatePolicy=settings))
        assert said in str(problem.value)
        assert "\n" not in str(problem.value)


class TestTimes:
    @pytest.mark.parametrize(
        "text",
        [
            "2025-03-30 01:30",
            "2025-03-30T01:30Z",
            "2025-03-30 03:30:00 +0200",
            "2025-03-30T03:30:00.0+02:00",
            "2025-03-30 01:30:00.000000 UTC",
            "2025-03-30 03:30 Europe/Berlin",
            "2025-03-29 21:30:00 -0400",
        ],
    )
    def test_a_time_is_read_in_its_zone(self, text: str) -> None:
        expected = datetime(2025, 3, 30, 1, 30, tzinfo=UTC)
        assert moment(text) == expected

    def test_what_nbgrader_writes_is_read(self, tmp_path: Path) -> None:
        now = datetime.now(UTC)
        (tmp_path / "timestamp.txt").write_text(now.strftime("%Y-%m-%d %H:%M:%S.%f %Z"))
        assert submission_time(tmp_path) == now.replace(tzinfo=None)

    def test_no_file_is_no_time(self, tmp_path: Path) -> None:
        assert submission_time(tmp_path) is None

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"yesterday",
            b"\xff\xfe",
            b"2025-13-01 12:00",
            b"2025-03-30 12:00 CEST",
            b"2025-03-30 12:00 ../../etc/passwd",
            b"0001-01-01 00:00 +1400",
            b"2025-03-30\n12:00\n" * 1000,
        ],
    )
    def test_what_is_no_time_is_refused(self, tmp_path: Path, content: bytes) -> None:
        folder = tmp_path / "ann" / "loss"
        folder.mkdir(parents=True)
        (folder / "timestamp.txt").write_bytes(content)
        with pytest.raises(CourseError, match=r"^ann/loss/timestamp\.txt: .*delete it$") as problem:
            submission_time(folder)
        assert len(str(problem.value)) < 300

    def test_a_link_is_not_followed(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("2025-03-30 12:00")
        (tmp_path / "timestamp.txt").symlink_to(tmp_path / "secret")
        with pytest.raises(CourseError, match="is a link"):
            submission_time(tmp_path)

    def test_the_gradebook_notes_the_time_and_forgets_an_old_one(
        self, handed: Handed, tmp_path: Path
    ) -> None:
        work = handed("2025-03-12 12:00")
        (tmp_path / "timestamp.txt").write_text("2025-03-30 03:30 +0200")
        assert note_time(work, tmp_path) == ""
        assert work.timestamp == datetime(2025, 3, 30, 1, 30)
        (tmp_path / "timestamp.txt").write_text("soon")
        assert "'soon' is no time" in note_time(work, tmp_path)
        assert work.timestamp is None
