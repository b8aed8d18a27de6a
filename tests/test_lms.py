"""Grades out: the columns that Canvas and Moodle import, and text that does no harm on the way."""

import csv
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin
from sqlalchemy import event
from traitlets.config import Config

from grading.late import LatePolicy, late_policy, take_points
from grading.lms import export_grades, note_numbers, safe
from grading.release import CourseError

POLICY = late_policy(Config(LatePolicy={"percent": 10}))
DUE = datetime(2025, 3, 10, 23, 59)
ODD = [
    "Doe, Jr.",
    'Ann "Nan" Doe',
    "O'Brien",
    "山田花子",
    "Müller-Lüdenscheidt 🎓",
    "=1+1",
    "+49 123",
    "-2",
    "@SUM(A1)",
    "  =1+1",
    "\t=1+1",
    "＝1+1",
    "'=1+1",
    "''=1+1",
    "'t Hooft",
    "Doe;=1+1",
    "Doe, =1+1",
    'Doe"=1+1',
    "Doe\n=1+1",
    "Doe\r\nDoe",
    "\\",
    'Doe\\",20,"',
    "Doe\\'",
]


def unsafe(text: str) -> str:
    """Take away what `safe` added, as its docstring says."""
    return re.sub(r"""((?:^|[,;"\t\r\n]) *(?='+[-=+@－＝＋＠])|\\(?='+(?:"|\Z)))'""", r"\1", text)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gradebook on disk: of `loss` and `backprop`, 20 points each, only `loss` was handed in."""
    path = tmp_path_factory.mktemp("lms") / "gradebook.db"
    with Gradebook(f"sqlite:///{path}") as gradebook:
        for topic in ("backprop", "loss"):
            gradebook.add_assignment(topic, duedate=DUE)
            gradebook.add_notebook(topic, topic)
            gradebook.add_grade_cell("check", topic, topic, max_score=20, cell_type="code")
        hand_in(gradebook, "ann-doe-512", 12, days=2)
        hand_in(gradebook, "bob", 19.25)
        gradebook.add_student("eve")
    return path


@pytest.fixture
def book(graded: Path, tmp_path: Path) -> Iterator[Gradebook]:
    shutil.copy(graded, tmp_path)
    with Gradebook(f"sqlite:///{tmp_path}/{graded.name}") as gradebook:
        yield gradebook


def hand_in(book: Gradebook, student: str, score: float, days: float = 0, **who: str) -> None:
    book.update_or_create_student(student, **who)
    book.add_submission("loss", student, timestamp=DUE + timedelta(days=days))
    book.find_grade("check", "loss", "loss", student).auto_score = score
    take_points(book, "loss", student, POLICY)
    book.db.commit()


def export(
    book: Gradebook, format: str, folder: Path, policy: LatePolicy = POLICY, **canvas: int
) -> Path:
    (path,) = export_grades(book, format, folder / "grades.csv", policy, canvas)
    return path


class TestText:
    @pytest.mark.parametrize("text", ODD)
    def test_it_comes_back_exactly(self, text: str) -> None:
        assert unsafe(safe(text)) == text

    @pytest.mark.parametrize("text", ODD)
    def test_no_cell_begins_a_formula_whatever_separates_cells(self, text: str) -> None:
        for cell in re.split('[,;"\t\r\n]', safe(text)):
            assert not cell.strip().startswith(tuple("=+-@＝＋－＠"))

    @pytest.mark.parametrize("text", ["O'Brien", "Anna-Maria", "ann@example.org", "1 = 1", "a\\b"])
    def test_ordinary_text_is_left_alone(self, text: str) -> None:
        assert safe(text) == text

    @pytest.mark.parametrize(
        ("format", "name", "score"),
        [
            ("csv", "last_name", "score"),
            ("canvas", "Student", "loss"),
            ("moodle", "Full name", "Grade"),
        ],
    )
    def test_names_and_scores_come_back_from_the_file(
        self, book: Gradebook, tmp_path: Path, format: str, name: str, score: str
    ) -> None:
        expected = {text: number / 4 for number, text in enumerate(ODD)}
        for text, points in expected.items():
            hand_in(book, f"odd-{points}", points, last_name=text)
        rows = read(export(book, format, tmp_path))
        rows = [row for row in rows if row.get("assignment", "loss") == "loss"]
        found = {unsafe(row[name]): float(row[score] or 0) for row in rows}
        assert expected.items() <= found.items()


class TestCsv:
    def test_ordinary_grades_are_what_nbgrader_writes(
        self, book: Gradebook, tmp_path: Path
    ) -> None:
        hand_in(book, "cleo", 8, last_name="Doe", first_name="Cleo", email="cleo@example.org")
        CsvExportPlugin(to=str(tmp_path / "theirs.csv")).export(book)
        ours = export(book, "csv", tmp_path)
        assert ours.read_bytes() == (tmp_path / "theirs.csv").read_bytes()


class TestCanvas:
    def test_the_rows(self, book: Gradebook, tmp_path: Path) -> None:
        book.update_or_create_student("bob", first_name="Bob", last_name="Roy")
        note_numbers(book, ["ann-doe-512"])
        lines = export(book, "canvas", tmp_path).read_bytes().decode("utf-8").splitlines()
        assert lines[0] == "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,loss"
        assert lines[1] == "    Points Possible,,,,,20.00"
        assert set(lines[2:]) == {
            "ann-doe-512,512,,,,9.60",
            '"Roy, Bob",,,bob,,19.25',
            "eve,,,eve,,",
        }

    def test_a_topic_is_found_by_its_number(self, book: Gradebook, tmp_path: Path) -> None:
        rows = read(export(book, "canvas", tmp_path, loss=4711, backprop=4712))
        # The pattern by which Canvas tells title and number apart.
        assert re.fullmatch(r"(.*)\s\((\d+)\)", list(rows[0])[-1]).groups() == ("loss", "4711")


class TestMoodle:
    def test_a_worksheet_for_each_topic(self, book: Gradebook, tmp_path: Path) -> None:
        note_numbers(book, ["ann-doe-512"])
        book.update_or_create_student("ann-doe-512", first_name="Ann", last_name="Doe")
        path = export(book, "moodle", tmp_path)
        assert path == tmp_path / "grades-loss.csv"
        ann, bob = read(path)
        modified = ann.pop("Last modified (grade)")
        assert ann == {
            "Identifier": "Participant 512",
            "Full name": "Ann Doe",
            "Username": "ann-doe-512",
            "Grade": "9.60",
            "Maximum Grade": "20.00",
            "Late": "2 days late: 20 % taken (2.4 points)",
        }
        assert list(bob.values())[:4] == ["", "bob", "bob", "19.25"]
        assert bob["Late"] == ""
        age = datetime.now(UTC) - datetime.strptime(modified, "%Y-%m-%d %H:%M UTC").replace(
            tzinfo=UTC
        )
        assert timedelta(0) <= age < timedelta(minutes=2)

    def test_a_reader_that_takes_a_backslash_for_an_escape_sees_the_same_grades(
        self, book: Gradebook, tmp_path: Path
    ) -> None:
        for number, name in enumerate(ODD):
            hand_in(book, f"odd-{number}", 5, last_name=name)
        with export(book, "moodle", tmp_path).open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(file, escapechar="\\"))  # as PHP reads
        assert [row[3] for row in rows] == ["Grade", "9.60", "19.25", *["5.00"] * len(ODD)]


class TestNumbers:
    def test_only_the_number_of_the_lms_and_never_over_another(self, book: Gradebook) -> None:
        book.update_or_create_student("bob-7", lms_user_id="99")
        note_numbers(book, ["ann-doe-512", "anon-k3Zq9", "bob-7", "new-8", "", "ann-doe-512"])
        numbers = {student.id: student.lms_user_id for student in book.students}
        assert numbers == {
            "ann-doe-512": "512",
            "bob": None,
            "bob-7": "99",
            "eve": None,
            "new-8": "8",
        }


class TestErrors:
    def test_an_unknown_format(self, book: Gradebook, tmp_path: Path) -> None:
        with pytest.raises(CourseError, match="'xlsx'; expected one of: csv, canvas, moodle"):
            export(book, "xlsx", tmp_path)

    @pytest.mark.parametrize("format", ["canvas", "moodle"])
    def test_nothing_graded(self, book: Gradebook, tmp_path: Path, format: str) -> None:
        for student in ("ann-doe-512", "bob"):
            book.remove_submission("loss", student)
        with pytest.raises(CourseError, match="nothing is graded yet"):
            export(book, format, tmp_path)

    def test_a_file_that_cannot_be_written(self, book: Gradebook, tmp_path: Path) -> None:
        (tmp_path / "a-file").touch()
        with pytest.raises(CourseError, match=r"cannot write .*: (Not a directory|File exists)"):
            export(book, "canvas", tmp_path / "a-file")

    def test_the_old_file_stays_when_the_new_one_fails(
        self, book: Gradebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = export(book, "canvas", tmp_path)
        before = path.read_bytes()
        hand_in(book, "late-comer", 3)

        def full_disk(self: Path, content: bytes) -> None:
            self.open("wb").write(content[:5])
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "write_bytes", full_disk)
        with pytest.raises(CourseError, match="No space left on device"):
            export(book, "canvas", tmp_path)
        assert path.read_bytes() == before


def test_a_larger_class_takes_no_more_queries(book: Gradebook, tmp_path: Path) -> None:
    for number in range(20):
        hand_in(book, f"student-{number}", 5)
    asked: list[str] = []
    event.listen(book.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    for format in ("csv", "canvas", "moodle"):
        book.db.expire_all()
        export(book, format, tmp_path)
    assert len(asked) < 20
