"""The whole way: release, grade, feedback, export, by `course` and by the stock commands.

Slow, because real code runs in real boxes: only this shows that the parts fit together.
"""

import csv
import errno
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from conftest import ROOT, TOPICS, Run, new_course
from nbgrader.api import Gradebook

from grading.course import Course, Row, reason
from grading.demo import make_demo
from grading.parallel import Work, grade_all
from grading.report import class_report
from grading.samples import answers, filled_in, tasks_of


@pytest.fixture(scope="module", params=TOPICS)
def graded(
    request: pytest.FixtureRequest, box: None, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Course, str, dict[str, Row]]:
    """The sample class of each topic, graded, with its feedback."""
    topic = request.param
    course = Course(new_course(tmp_path_factory.mktemp("course")))
    make_demo(course, topic)
    add_own_cells(course, topic)
    rows = {row.student: row for row in course.grade(topic)}
    course.feedback(topic)
    class_report(course, topic)
    course.export()
    return course, topic, rows


def add_own_cells(course: Course, topic: str) -> None:
    """Hand in notebooks with an added cell: markup in its output, an end, a loop."""
    blank = nbformat.read(course.build / "release" / topic / f"{topic}.ipynb", as_version=4)
    file = course.root / "exercises" / "alternatives" / f"{topic}.py"
    right = filled_in(blank, {answer.task: answer.source for answer in answers(file)})
    for student, notebook, code in (
        ("kim-markup", blank, "print('<script>alert(1)</script>')"),
        ("lea-ends-itself", right, "import os; os._exit(0)"),
        ("max-loops", right, "while True: pass"),
    ):
        work = nbformat.from_dict(notebook)
        work.cells.insert(0, nbformat.v4.new_code_cell(code))
        folder = course.build / "submitted" / student / topic
        folder.mkdir(parents=True)
        nbformat.write(work, folder / f"{topic}.ipynb")


class TestClass:
    def test_scores(self, graded: tuple[Course, str, dict[str, Row]]) -> None:
        course, topic, rows = graded
        wrong = list(answers(course.root / "exercises" / "misconceptions" / f"{topic}.py"))
        notebook = nbformat.read(course.build / "release" / topic / f"{topic}.ipynb", 4)
        points = {
            cell.metadata.nbgrader.grade_id.removeprefix("check-"): cell.metadata.nbgrader.points
            for cell in notebook.cells
            if cell.metadata.get("nbgrader", {}).get("grade")
        }
        last = tasks_of(notebook)[-1]
        assert {name: row.score for name, row in rows.items()} == {
            "ada-reference": 20,
            "ben-alternative": 20,
            "cleo-alternative": 20,
            "dan-blank": 0,
            "eva-wrong": 20 - points[wrong[0].task],
            "finn-wrong": 20 - points[wrong[-1].task],
            "gus-endless": 20 - points[last],
            "hana-kills-kernel": 20 - points[last],
            "ivo-not-a-notebook": 0,
            "jun-no-file": 0,
            "kim-markup": 0,
            "lea-ends-itself": 20,
            "max-loops": 20,
        }
        assert all(row.max_score == 20 for row in rows.values())

    def test_reasons(self, graded: tuple[Course, str, dict[str, Row]]) -> None:
        course, topic, rows = graded
        said = {name: row.reason for name, row in rows.items()}
        wrong = list(answers(course.root / "exercises" / "misconceptions" / f"{topic}.py"))
        assert said["ada-reference"] == said["ben-alternative"] == "every check passes"
        assert said["dan-blank"] == "nothing is answered yet"
        assert wrong[0].doc.partition(" (E")[0] in said["eva-wrong"]
        assert wrong[-1].doc.partition(" (E")[0] in said["finn-wrong"]
        assert "still running when its time was up" in said["gus-endless"]
        assert "ended its own process" in said["hana-kills-kernel"]
        assert said["ivo-not-a-notebook"] == f"{topic}.ipynb is not a Jupyter notebook"
        assert said["jun-no-file"] == f"there is no file {topic}.ipynb"

    def test_graded_again_only_when_something_changed(
        self, graded: tuple[Course, str, dict[str, Row]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        course, topic, rows = graded
        ran: list[str] = []

        def note(works: Iterator[tuple[str, Work]], *rest: Any) -> Iterator[tuple[str, Any]]:
            for student, result in grade_all(works, *rest):
                ran.append(student)
                yield student, result

        monkeypatch.setattr("grading.course.grade_all", note)
        assert {row.student: row for row in course.grade(topic)} == rows
        assert ran == []
        path = course.build / "submitted" / "dan-blank" / topic / f"{topic}.ipynb"
        path.write_text(path.read_text() + "\n")
        assert {row.student: row for row in course.grade(topic)} == rows
        assert ran == ["dan-blank"]

    def test_exported_grades(self, graded: tuple[Course, str, dict[str, Row]]) -> None:
        course, _, rows = graded
        with open(course.build / "grades.csv", newline="") as file:
            table = {line["student_id"]: float(line["score"]) for line in csv.DictReader(file)}
        assert table == {name: row.score for name, row in rows.items()}

    def test_feedback_pages(self, graded: tuple[Course, str, dict[str, Row]]) -> None:
        course, topic, rows = graded
        hidden = "reference."
        for name, row in rows.items():
            page = (course.build / "feedback" / name / topic / f"{topic}.html").read_text()
            assert f"{row.score:g} of {row.max_score:g} points" in page
            for banned in ("<script", "http://", "https://", " src=", "HIDDEN TESTS", str(ROOT)):
                assert banned not in page.replace("http://www.w3.org/1998/Math/MathML", ""), banned
            if name != "ada-reference":
                assert hidden not in page
        pages = course.build / "feedback"
        assert "&lt;script&gt;" in (pages / "kim-markup" / topic / f"{topic}.html").read_text()
        assert "Advice." in (pages / "eva-wrong" / topic / f"{topic}.html").read_text()

    @pytest.mark.parametrize("graded", TOPICS[-1:], indirect=True)  # slow: one topic shows it
    def test_stock_commands_give_the_same(
        self, graded: tuple[Course, str, dict[str, Row]], tmp_path: Path
    ) -> None:
        course, topic, rows = graded
        for made in ("autograded", "feedback"):
            shutil.rmtree(course.build / made)
        (course.build / "grades.csv").unlink()
        (course.build / "gradebook.db").unlink()
        course.release(topic)
        nbgrader(course, "autograde", topic)
        nbgrader(course, "generate_feedback", topic)
        nbgrader(course, "export")
        with Gradebook(f"sqlite:///{course.build}/gradebook.db", "backpropagation-by-hand") as book:
            scores = {s.student.id: s.score for s in book.assignment_submissions(topic)}
        # The stock command passes over a folder without a notebook.
        assert scores == {n: row.score for n, row in rows.items() if n != "jun-no-file"}
        assert (course.build / "grades.csv").is_file()
        pages = course.build.glob(f"feedback/*/{topic}/{topic}.html")
        assert {page.parent.parent.name for page in pages} == set(scores)


def nbgrader(course: Course, *words: str) -> None:
    """Run a stock command from the root of the course, as a teacher would."""
    command = [sys.executable, "-m", "nbgrader", *words]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


class TestCommandLine:
    def test_demo_leaves_the_course_untouched(
        self, box: None, course_folder: Path, run: Run
    ) -> None:
        for other in TOPICS[1:]:
            (course_folder / "exercises" / f"{other}.md").unlink()
        assert run("release", "--all")[0] == 0
        before = snapshot(course_folder)
        status, out, _ = run("demo")
        assert status == 0
        after = snapshot(course_folder)
        assert {p: b for p, b in after.items() if not p.startswith("build/demo/")} == before
        assert "build/demo/feedback/" in out
        assert "hana-kills-kernel" in out
        assert len(list(course_folder.glob("build/demo/feedback/*/*/*.html"))) >= 8

    def test_validate_by_the_student(self, course_folder: Path, run: Run) -> None:
        assert run("release", "loss")[0] == 0
        path = course_folder / "build" / "release" / "loss" / "loss.ipynb"
        blank = nbformat.read(path, as_version=4)
        command = [sys.executable, "-m", "nbgrader", "validate", path.name]
        done = subprocess.run(command, cwd=path.parent, capture_output=True, text=True)
        assert f"VALIDATION FAILED ON {len(tasks_of(blank))} CELL(S)!" in done.stdout
        right = {
            a.task: a.source
            for a in answers(course_folder / "exercises" / "alternatives" / "loss.py")
        }
        nbformat.write(filled_in(blank, right), path)
        done = subprocess.run(command, cwd=path.parent, capture_output=True, text=True)
        assert "Success! Your notebook passes all the tests." in done.stdout

    @pytest.mark.parametrize("command", ["release", "grade", "feedback"])
    def test_unknown_topic(self, command: str, course_folder: Path, run: Run) -> None:
        status, _, err = run(command, "los")
        assert status == 2
        assert (
            err
            == "course: unknown topic 'los'; there are exercises for: " + ", ".join(TOPICS) + "\n"
        )
        assert not (course_folder / "build").exists()

    def test_missing_submissions(self, course_folder: Path, run: Run) -> None:
        status, _, err = run("grade", "loss")
        assert status == 2
        assert err.splitlines() == [
            "course: no submissions: expected build/submitted/<student>/loss/loss.ipynb"
        ]
        assert not (course_folder / "build").exists()

    def test_not_released(self, box: None, course_folder: Path, run: Run) -> None:
        (course_folder / "build" / "submitted" / "ada" / "loss").mkdir(parents=True)
        status, _, err = run("grade", "loss")
        assert (status, err) == (2, "course: loss is not released; run: course release loss\n")

    def test_nothing_graded(self, course_folder: Path, run: Run) -> None:
        status, _, err = run("feedback", "loss")
        assert (status, err) == (2, "course: nothing is graded yet; run: course grade loss\n")

    @pytest.mark.parametrize("words", [["release", "loss"], ["grade", "loss"], ["export"]])
    def test_gradebook_of_another_course(
        self, words: list[str], box: None, course_folder: Path, run: Run
    ) -> None:
        build = course_folder / "build"
        (build / "submitted" / "ada" / "loss").mkdir(parents=True)
        with Gradebook(f"sqlite:///{build}/gradebook.db", "history-101") as book:
            book.add_student("grace")
        before = snapshot(course_folder)
        status, _, err = run(*words)
        assert status == 2
        assert "is the gradebook of another course (history-101)" in err
        assert len(err.splitlines()) == 1
        assert snapshot(course_folder) == before

    def test_gradebook_that_is_no_database(self, course_folder: Path, run: Run) -> None:
        (course_folder / "build").mkdir()
        (course_folder / "build" / "gradebook.db").write_text("Dear teacher, " * 100)
        status, _, err = run("release", "loss")
        assert status == 2
        assert err.startswith("course: cannot open the gradebook")
        assert len(err.splitlines()) == 1

    def test_no_course_here(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
    ) -> None:
        monkeypatch.chdir(tmp_path)
        status, _, err = run("release", "loss")
        assert status == 2
        assert "no nbgrader_config.py in this folder or above it" in err

    def test_release_needs_one_topic_or_all(self, course_folder: Path, run: Run) -> None:
        for words in ([], ["loss", "--all"]):
            status, _, err = run("release", *words)
            assert (status, err) == (2, "course: name one topic, or pass --all\n")

    def test_without_bubblewrap_grading_refuses(
        self, course_folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (course_folder / "build" / "submitted" / "ada" / "loss").mkdir(parents=True)
        monkeypatch.setattr("grading.box.shutil.which", lambda name: None)
        status, _, err = run("grade", "loss")
        assert status == 2
        assert "apt install bubblewrap" in err
        assert "--insecure" in err

    def test_json_and_quiet(self, box: None, course_folder: Path, run: Run) -> None:
        hand_in_blanks(Course(course_folder), "ada", "ben")
        status, out, err = run("grade", "loss", "--json")
        assert (status, err) == (0, "")
        nothing = {"score": 0.0, "max_score": 20.0, "reason": "nothing is answered yet"}
        assert json.loads(out) == [{"student": name} | nothing for name in ("ada", "ben")]
        assert run("grade", "loss", "--quiet") == (0, "", "")
        assert run("grade", "loss")[1].startswith("ada\t0 / 20\tnothing is answered yet\nben\t")

    def test_two_graders_at_once(self, box: None, course_folder: Path, run: Run) -> None:
        course = Course(course_folder)
        hand_in_blanks(course, "ada")
        before = snapshot(course_folder / "build")
        with open(course.build / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            status, _, err = run("grade", "loss")
        assert status == 2
        assert err == "course: another run is grading in build; start again when it ends\n"
        assert snapshot(course_folder / "build") == before | {"lock": b""}
        assert run("grade", "loss")[0] == 0

    def test_a_full_disk(
        self, box: None, course_folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hand_in_blanks(Course(course_folder), "ada")

        def full(*paths: Path) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("grading.files.os.replace", full)
        status, _, err = run("grade", "loss")
        assert status == 2
        where = "build/autograded/ada/loss/loss.ipynb"
        assert err == f"course: cannot write {where}: No space left on device\n"
        monkeypatch.undo()
        monkeypatch.chdir(course_folder)
        assert run("grade", "loss")[0] == 0

    @pytest.mark.parametrize("words", [["release", "loss"], ["export"], ["grade", "loss"]])
    def test_a_folder_that_cannot_be_written(
        self, words: list[str], box: None, course_folder: Path, run: Run
    ) -> None:
        if words[0] == "grade":
            hand_in_blanks(Course(course_folder), "ada")
            (course_folder / "build" / "lock").mkdir()
        else:
            (course_folder / "build").write_text("no folder")
        status, _, err = run(*words)
        assert (status, len(err.splitlines())) == (2, 1)
        assert err.startswith(f"course: {course_folder}/build")

    @pytest.fixture
    def slow_grader(self, box: None, course_folder: Path) -> subprocess.Popen:
        """A grader that has graded one student of four, and takes its time for the others."""
        course = Course(course_folder)
        hand_in_blanks(course, "ada")
        slow = nbformat.read(course.build / "release" / "loss" / "loss.ipynb", as_version=4)
        slow.cells.insert(0, nbformat.v4.new_code_cell("import time; time.sleep(3)"))
        for student in ("ben", "cleo", "dan"):
            folder = course.build / "submitted" / student / "loss"
            folder.mkdir(parents=True)
            nbformat.write(slow, folder / "loss.ipynb")
        grader = subprocess.Popen(
            [f"{sys.prefix}/bin/course", "grade", "loss", "--jobs", "1"],
            cwd=course_folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        end = time.monotonic() + 60
        while not (course.build / "autograded" / "ada").exists() and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(0.5)  # until it is counted, too
        return grader

    def test_ctrl_c_stops_and_a_rerun_goes_on(
        self, slow_grader: subprocess.Popen, course_folder: Path
    ) -> None:
        os.killpg(slow_grader.pid, signal.SIGINT)
        _, err = slow_grader.communicate(timeout=20)
        assert slow_grader.returncode == 130
        assert err == "course: stopped: 1 of 4 are graded; the same command goes on there\n"
        done = subprocess.run(slow_grader.args, cwd=course_folder, capture_output=True, text=True)
        assert done.returncode == 0
        assert done.stdout.count("nothing is answered yet") == 4

    def test_a_killed_grader_leaves_nobody_behind(self, slow_grader: subprocess.Popen) -> None:
        family = psutil.Process(slow_grader.pid).children(recursive=True)
        assert len(family) >= 3  # a fork server, a worker, a box
        slow_grader.kill()
        slow_grader.communicate(timeout=20)  # they hold its output open as long as they live
        _, alive = psutil.wait_procs(family, timeout=10)
        assert alive == []

    @pytest.mark.parametrize("format", ["canvas", "moodle", "csv"])
    def test_export_for_a_learning_system(
        self, format: str, box: None, course_folder: Path, run: Run
    ) -> None:
        hand_in_blanks(Course(course_folder), "ada")
        assert run("grade", "loss", "--quiet")[0] == 0
        status, out, _ = run("export", "--format", format)
        assert status == 0
        names = {"csv": "grades.csv", "canvas": "grades-canvas.csv"}
        path = course_folder / "build" / names.get(format, "grades-moodle-loss.csv")
        assert out == f"wrote {path.relative_to(course_folder)}\n"
        assert "ada" in path.read_text(encoding="utf-8-sig")

    def test_export_of_an_unknown_format(self, course_folder: Path, run: Run) -> None:
        status, _, err = run("export", "--format", "excel")
        assert (status, len(err.splitlines())) == (2, 1)
        assert "expected one of: csv, canvas, moodle" in err

    def test_the_teachers_page_from_archive_to_grades(
        self, box: None, course_folder: Path, run: Run
    ) -> None:
        """The commands of the page, one after the other, on an archive as Canvas gives it."""
        page = (ROOT / "chapters" / "for_teachers.md").read_text(encoding="utf-8")
        [commands] = [c for c in re.findall(r"```bash\n(.*?)```", page, re.S) if "collect" in c]
        blank = Course(course_folder).release("loss").read_bytes()
        with zipfile.ZipFile(course_folder / "submissions.zip", "w") as archive:
            archive.writestr("doeann_4_100_loss.ipynb", blank)
            archive.writestr("royebob_LATE_5_101_loss.ipynb", blank)
        said = ""
        for command in commands.splitlines():
            program, *words = command.split()
            assert program == "course"
            status, out, err = run(*words)
            assert (status, err) == (0, ""), command
            said += out
        assert said.count("0 / 20\tnothing is answered yet") == 2
        build = course_folder / "build"
        assert len(list(build.glob("feedback/*/loss/loss.html"))) == 2
        grades = (build / "grades-canvas.csv").read_text(encoding="utf-8-sig")
        assert grades.count(",0.00") == 2
        assert ",4," in grades  # the number that Canvas gave to one of them

    def test_late_work(self, box: None, course_folder: Path, run: Run) -> None:
        with open(course_folder / "nbgrader_config.py", "a") as config:
            config.write("\nc.LatePolicy.percent = 10\n")
        course = Course(course_folder)
        course.release("loss")
        with Gradebook(f"sqlite:///{course.build}/gradebook.db", "backpropagation-by-hand") as book:
            book.update_or_create_assignment("loss", duedate="2026-03-01 12:00")
        blank = nbformat.read(course.build / "release" / "loss" / "loss.ipynb", as_version=4)
        file = course_folder / "exercises" / "alternatives" / "loss.py"
        folder = course.build / "submitted" / "ada" / "loss"
        folder.mkdir(parents=True)
        right = {answer.task: answer.source for answer in answers(file)}
        nbformat.write(filled_in(blank, right), folder / "loss.ipynb")
        (folder / "timestamp.txt").write_text("2026-03-02 13:00:00 UTC")
        out = run("grade", "loss")[1]
        words = "2 days late: 20 % taken (4 points)"
        assert f"ada\t16 / 20\tevery check passes; {words}" in out
        assert run("feedback", "loss")[0] == 0
        page = course.build / "feedback" / "ada" / "loss" / "loss.html"
        assert f"16 of 20 points</strong>; {words}" in page.read_text()
        assert run("report", "loss")[0] == 0
        assert (course.build / "report" / "loss.html").is_file()

    def test_insecure_is_explicit(
        self, course_folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        course = Course(course_folder)
        make_demo(course, "loss")
        for folder in (course.build / "submitted").iterdir():
            if folder.name not in ("ben-alternative", "dan-blank"):
                shutil.rmtree(folder)
        monkeypatch.setattr("grading.box.shutil.which", lambda name: None)
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        status, out, _ = run("grade", "loss", "--insecure")
        assert status == 0
        assert "20 / 20" in out
        assert "0 / 20" in out


def hand_in_blanks(course: Course, *students: str) -> None:
    """Release the topic loss, and hand it in as it is."""
    released = course.release("loss")
    for student in students:
        folder = course.build / "submitted" / student / "loss"
        folder.mkdir(parents=True)
        shutil.copy(released, folder)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_reason_names_the_first_problem() -> None:
    def check(task: str, *outputs: nbformat.NotebookNode) -> nbformat.NotebookNode:
        marks = {"grade_id": f"check-{task}", "grade": True, "points": 1, "solution": False}
        return nbformat.v4.new_code_cell(outputs=list(outputs), metadata={"nbgrader": marks})

    error = nbformat.v4.new_output("error", ename="E", evalue="e", traceback=["is wrong\nmore"])
    advice = nbformat.v4.new_output("stream", name="stdout", text="Advice: Look here.\n")
    notebook = nbformat.v4.new_notebook(cells=[check("a"), check("b", error), check("c", error)])
    assert reason(notebook) == "1 of 3 checks pass; b: is wrong"
    notebook.cells[1].outputs.append(advice)
    assert reason(notebook) == "1 of 3 checks pass; b: Look here."
