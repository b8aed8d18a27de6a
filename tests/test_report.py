"""The report on a class: its numbers, what it tells of students, and the page itself."""

import shutil
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import nbformat
import psutil
import pytest
from corpus.classroom import COURSE_ID, lay_course
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import determine_grade, is_grade

from grading.box import Box
from grading.course import Course
from grading.execute import ADVICE, fail
from grading.rebuild import UnreadableError, parse, rebuild
from grading.release import CourseError
from grading.report import class_report, histogram
from grading.wire import ENDED, TIME_IS_UP

WRONG = "The result is wrong."
ALL = dict.fromkeys(("mse", "softmax", "bce_gradient", "one_hot"), WRONG)


class Page(HTMLParser):
    """A page as a reader has it: the text and the rows of each section, by its id."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.source = path.read_text(encoding="utf-8")
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: dict[str, list[list[str]]] = {}
        self.text: dict[str, str] = {}
        self.section, self.in_cell = "", False
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "section":
            self.section = dict(attrs)["aria-labelledby"]
            self.rows[self.section], self.text[self.section] = [], ""
        elif tag == "tr":
            self.rows[self.section].append([])
        elif tag in ("td", "th"):
            self.rows[self.section][-1].append("")
            self.in_cell = True

    def handle_endtag(self, tag: str) -> None:
        self.in_cell = self.in_cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        self.text[self.section] = f"{self.text.get(self.section, '')} {text}".strip()
        if self.in_cell:
            self.rows[self.section][-1][-1] += text

    def table(self, section: str) -> list[list[str]]:
        """The rows of a section's table, without its head."""
        return self.rows[section][1:]

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [values for name, values in self.tags if name == tag]


class Class:
    """A class whose graded notebooks are laid as the grader leaves them, without running any."""

    def __init__(self, root: Path) -> None:
        self.course = Course(root)
        self.source = nbformat.read(self.course.build / "source" / "mini" / "mini.ipynb", 4)

    def grade(
        self,
        student: str,
        said: dict[str, str] | None = None,
        advice: dict[str, str] | None = None,
        submission: nbformat.NotebookNode | None = None,
        **metadata: object,
    ) -> None:
        """Save a submission of which the grader `said` something, by task."""
        notebook = rebuild(self.source, submission or self.source)
        notebook.metadata.update(metadata)
        for cell in filter(is_grade, notebook.cells):
            task = cell.metadata.nbgrader.grade_id.removeprefix("check-")
            if task in (said or {}):
                fail(cell, said[task])
            if task in (advice or {}):
                cell.outputs.append(new_output("stream", text=ADVICE + advice[task]))
        self.save(student, notebook)

    def save(self, student: str, notebook: nbformat.NotebookNode) -> None:
        self.hand_in(student)
        path = self.course.build / "autograded" / student / "mini" / "mini.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
        with self.gradebook() as book:
            commit, book.db.commit = book.db.commit, book.db.flush  # one commit is faster
            book.update_or_create_student(student)
            book.update_or_create_submission("mini", student)
            for cell in filter(is_grade, notebook.cells):
                grade = book.find_grade(cell.metadata.nbgrader.grade_id, "mini", "mini", student)
                grade.auto_score, _ = determine_grade(cell)
            commit()

    def hand_in(self, student: str) -> None:
        (self.course.build / "submitted" / student / "mini").mkdir(parents=True)

    def gradebook(self) -> Gradebook:
        return Gradebook(CourseDirectory(config=self.course.config).db_url, COURSE_ID)

    def report(self, names: bool = False) -> Page:
        return Page(class_report(self.course, "mini", names))


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with one topic of four tasks and 8 points, released."""
    root = tmp_path_factory.mktemp("released")
    lay_course(root)
    return root


@pytest.fixture
def klass(released: Path, tmp_path: Path) -> Class:
    return Class(Path(shutil.copytree(released, tmp_path / "course")))


class TestNumbers:
    def test_scores(self, klass: Class) -> None:
        klass.grade("ann")
        klass.grade("bob", {"mse": WRONG})
        klass.grade("cy", {"one_hot": WRONG})
        klass.grade("dee", ALL)
        page = klass.report()
        counts = {points: count for points, count in page.table("scores") if count != "0"}
        assert counts == {"0": "1", "6": "1", "7": "1", "8": "1"}
        assert "Graded: 4 students. Mean 5.2 and median 6.5 of 8 points" in page.text["scores"]
        assert "lowest 0, highest 8." in page.text["scores"]

    @pytest.mark.parametrize(
        ("scores", "most", "found"),
        [
            ([0, 1, 1], 2, {"0": 1, "1": 2, "2": 0}),
            ([0.5, 1.9, 2], 2, {"0": 1, "1": 1, "2": 1}),
            ([0, 1, 19, 20], 20, {"0 to 1": 2, "18 to 19": 1, "20": 1}),
            ([22, 21, 20], 22, {"18 to 20": 1, "21 to 22": 2}),
            ([9], 8, {"9": 1}),
        ],
    )
    def test_histogram(self, scores: list[float], most: float, found: dict[str, int]) -> None:
        ranges = histogram(scores, most)
        assert {name: ranges[name] for name in found} == found
        assert sum(ranges.values()) == len(scores)
        assert len(ranges) <= 11

    def test_points_won_per_task(self, klass: Class) -> None:
        klass.grade("ann")
        klass.grade("bob", {"mse": WRONG, "softmax": WRONG})
        klass.grade("cy", {"mse": WRONG})
        with klass.gradebook() as book:
            book.find_grade("check-mse", "mini", "mini", "cy").manual_score = 1
            book.db.commit()
        assert klass.report().table("tasks") == [
            ["mse", "1 of 3", "1 of 2"],
            ["softmax", "2 of 3", "2 of 3"],
            ["bce_gradient", "3 of 3", "2 of 2"],
            ["one_hot", "3 of 3", "1 of 1"],
        ]

    def test_bars_are_as_long_as_their_numbers(self, klass: Class) -> None:
        klass.grade("ann")
        klass.grade("bob", {"mse": WRONG}, seconds=2.0)
        widths = [rect["width"] for rect in klass.report().all("rect") if rect["class"] == "part"]
        scores = ["0.0"] * 6 + ["100.0", "0.0", "100.0"]
        assert widths == [*scores, "50.0", "100.0", "100.0", "100.0", "100.0"]

    def test_misconceptions_by_how_many_share_them(self, klass: Class) -> None:
        mean, rows = "The loss is a mean.", "Each row sums to one."
        klass.grade("ann", ALL, {"mse": mean})
        klass.grade("bob", ALL, {"mse": mean, "softmax": rows})
        klass.grade("cy", ALL, {"softmax": rows})
        klass.grade("dee", ALL, {"softmax": rows, "mse": "You add the squares up."})
        assert klass.report().table("misconceptions") == [
            ["softmax", rows, "3 of 4"],
            ["mse", mean, "2 of 4"],
            ["mse", "You add the squares up.", "1 of 4"],
        ]

    def test_advice_that_a_student_printed_is_none(self, klass: Class) -> None:
        notebook = rebuild(klass.source, klass.source)
        text = f"{ADVICE}give everybody full marks"
        notebook.cells.append(new_code_cell(outputs=[new_output("stream", text=text)]))
        klass.save("eve", notebook)
        page = klass.report()
        assert "none" in page.text["misconceptions"]
        assert "full marks" not in page.source

    def test_time(self, klass: Class) -> None:
        for seconds in range(1, 13):
            klass.grade(f"student-{seconds}", seconds=float(seconds))
        klass.grade("stock")  # graded by nbgrader's own command
        page = klass.report()
        assert "78 seconds for 12 students together; the median is 6.5." in page.text["time"]
        assert [row[1] for row in page.table("time")] == [str(n) for n in range(12, 2, -1)]

    def test_no_time_where_none_was_taken(self, klass: Class) -> None:
        klass.grade("ann")
        assert "time" not in klass.report().text


def limits_of_the_box() -> list[str]:
    """Return what the box says of code beyond its memory or its processor time."""
    none, much = SimpleNamespace(memory=0, cpu=9e9), SimpleNamespace(memory=9e18, cpu=0)
    return [Box.excess(SimpleNamespace(limits=x), [psutil.Process()]) for x in (none, much)]


class TestConcerns:
    def test_a_class_without(self, klass: Class) -> None:
        klass.grade("ann", ALL)
        assert "None." in klass.report().text["concerns"]

    @pytest.mark.parametrize(
        "message",
        [
            TIME_IS_UP,
            ENDED,
            *limits_of_the_box(),
            "stopped: the code could not be watched",
            "not run: the submission used up its 9 seconds",
        ],
    )
    def test_what_was_stopped_and_where(self, klass: Class, message: str) -> None:
        klass.grade("ann", {"mse": message, "softmax": WRONG, "one_hot": message})
        assert klass.report(names=True).table("concerns") == [["ann", f"{message} (mse, one_hot)"]]

    def test_a_cell_that_a_student_added(self, klass: Class) -> None:
        notebook = rebuild(klass.source, klass.source)
        notebook.cells.append(new_code_cell("while True: pass"))
        fail(notebook.cells[-1], TIME_IS_UP)
        klass.save("ann", notebook)
        said = f"{TIME_IS_UP} (a cell of their own)"
        assert klass.report(names=True).table("concerns") == [["ann", said]]

    def test_nothing_of_what_a_student_writes_is_repeated(self, klass: Class) -> None:
        klass.grade("eve", {"mse": "stopped: the code of Bob is bad", "softmax": f"{ENDED} by Bob"})
        page = klass.report(names=True)
        assert page.table("concerns") == [["eve", f"{ENDED} (softmax)"]]
        assert "Bob" not in page.source

    def test_a_submission_that_was_not_read(self, klass: Class) -> None:
        with pytest.raises(UnreadableError) as problem:
            parse(b"Dear teacher", "mini.ipynb")
        work = new_notebook(metadata={"unreadable": str(problem.value)})
        klass.grade("ann", ALL, submission=work)
        said = "not read: mini.ipynb is not a Jupyter notebook"
        assert klass.report(names=True).table("concerns") == [["ann", said]]

    def test_marks_that_were_lost(self, klass: Class) -> None:
        work = nbformat.from_dict(klass.source)
        for cell in work.cells:
            cell.metadata = {}
        klass.grade("ann", submission=work)
        said = "marks lost: its cells were matched to the tasks by name or place"
        assert klass.report(names=True).table("concerns") == [["ann", said]]

    def test_work_that_has_no_grade(self, klass: Class) -> None:
        klass.grade("ann")
        klass.hand_in("bob")
        page = klass.report(names=True)
        assert page.table("concerns") == [["bob", "handed in, not graded"]]
        assert "Graded: 1 student." in page.text["scores"]


class TestNames:
    def lay(self, klass: Class, students: int) -> None:
        for number in range(students):
            klass.grade(f"name-{number}", {"mse": TIME_IS_UP}, seconds=float(number))
        klass.hand_in("name-late")

    def test_nobody_is_named(self, klass: Class) -> None:
        self.lay(klass, 3)
        page = klass.report()
        assert "name-" not in page.source
        numbered = {row[0] for row in page.table("concerns")}
        assert numbered == {f"Student {number}" for number in range(1, 5)}

    def test_the_numbers_are_drawn_anew(self, klass: Class) -> None:
        self.lay(klass, 10)
        orders = {tuple(row[0] for row in klass.report().table("time")) for _ in range(4)}
        assert len(orders) > 1

    def test_a_student_has_one_number(self, klass: Class) -> None:
        klass.grade("ann", {"mse": TIME_IS_UP}, seconds=9.0)
        klass.grade("bob", seconds=1.0)
        klass.grade("cy", seconds=2.0)
        page = klass.report()
        assert page.table("concerns")[0][0] == page.table("time")[0][0]

    def test_names_on_demand_in_alphabetical_order(self, klass: Class) -> None:
        self.lay(klass, 3)
        page = klass.report(names=True)
        names = [row[0] for row in page.table("concerns")]
        assert names == ["name-late", "name-0", "name-1", "name-2"]
        assert "This page names students." in page.source


class TestPage:
    @pytest.fixture
    def page(self, klass: Class) -> Page:
        klass.grade("ann", seconds=1.5)
        klass.grade("bob", ALL, {"mse": "The loss is a mean."}, seconds=0.5)
        klass.grade("cy", {"mse": TIME_IS_UP})
        return klass.report()

    def test_it_stands_alone(self, page: Page) -> None:
        tags = {tag for tag, _ in page.tags}
        assert not tags & {"script", "link", "img", "iframe", "object", "a", "form"}
        assert not {key for _, values in page.tags for key in values} & {"src", "href", "style"}
        for word in ("url(", "@import", "http:", "https:"):
            assert word not in page.source

    def test_it_has_a_language_a_title_and_headings(self, page: Page) -> None:
        assert page.all("html") == [{"lang": "en"}]
        assert len(page.all("h1")) == len(page.all("title")) == len(page.all("main")) == 1
        headings = [values["id"] for values in page.all("h2")]
        assert headings == ["scores", "tasks", "misconceptions", "concerns", "time"]
        assert headings == [values["aria-labelledby"] for values in page.all("section")]

    def test_tables_have_captions_and_named_rows_and_columns(self, page: Page) -> None:
        assert len(page.all("table")) == len(page.all("caption")) == 5
        assert {values.get("scope") for values in page.all("th")} == {"row", "col"}
        assert all(row[0] for rows in page.rows.values() for row in rows)

    def test_each_bar_stands_beside_its_number(self, page: Page) -> None:
        assert page.source.count('<div class="bar"><span>') == len(page.all("svg"))
        assert all(values["aria-hidden"] == "true" for values in page.all("svg"))
        cells = [cell for rows in page.rows.values() for row in rows for cell in row]
        assert all(cells)

    def test_what_comes_from_a_class_is_escaped(self, klass: Class) -> None:
        markup = "<script>alert(1)"
        klass.grade(markup, {"mse": WRONG}, {"mse": markup}, unreadable=f"no {markup}")
        page = klass.report(names=True)
        assert not page.all("script")
        assert page.table("misconceptions")[0][1] == markup
        assert page.table("concerns") == [[markup, f"not read: no {markup}"]]

    def test_a_name_with_odd_characters_is_shown_in_plain_ones(self, klass: Class) -> None:
        klass.grade("ann\u202e", {"mse": ENDED})
        assert klass.report(names=True).table("concerns")[0][0] == "ann\N{REPLACEMENT CHARACTER}"


class TestErrors:
    def test_nothing_graded(self, klass: Class) -> None:
        klass.hand_in("ann")
        with pytest.raises(CourseError, match="nothing is graded yet; run: course grade mini"):
            klass.report()

    def test_a_topic_that_is_none(self, klass: Class) -> None:
        with pytest.raises(CourseError, match="unknown topic 'lost'"):
            class_report(klass.course, "lost")

    def test_a_gradebook_that_lacks_a_student(self, klass: Class) -> None:
        klass.grade("ann")
        with klass.gradebook() as book:
            book.remove_student("ann")
        with pytest.raises(CourseError, match="has no mini of ann; run: course grade mini"):
            klass.report()

    def test_a_damaged_graded_notebook(self, klass: Class) -> None:
        klass.grade("ann")
        path = klass.course.build / "autograded" / "ann" / "mini" / "mini.ipynb"
        path.write_text("{")
        with pytest.raises(CourseError, match=r"ann/mini/mini.ipynb cannot be read; delete it"):
            klass.report()

    def test_a_page_that_cannot_be_written(self, klass: Class) -> None:
        klass.grade("ann")
        (klass.course.build / "report").write_text("in the way")
        with pytest.raises(CourseError, match=r"cannot write .*mini.html: File exists"):
            klass.report()
