"""Every exercise, both ways: right answers get full marks, wrong ones lose their own task's points.

The real check cells run here, in plain Python. `test_course.py` sends some of the same answers
through the real release and the real grader.
"""

import re
from dataclasses import dataclass
from functools import cache

import pytest
from conftest import ROOT, TOPICS
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from grading.recognise import functions_of, recognise
from grading.release import teacher_notebook
from grading.samples import Answer, answers, reference_answers, tasks_of


@cache
def notebook(topic: str) -> NotebookNode:
    return teacher_notebook(ROOT / "exercises" / f"{topic}.md")


@cache
def known(kind: str, topic: str) -> list[Answer]:
    return list(answers(ROOT / "exercises" / kind / f"{topic}.py"))


@dataclass
class Graded:
    """Points for each task, and the namespace that the cells left."""

    points: dict[str, int]
    namespace: dict


def grade(topic: str, texts: dict[str, str]) -> Graded:
    """Run a notebook's cells with `texts` in its task cells; the reference is in the others."""
    points, namespace = {}, {}
    for cell in notebook(topic).cells:
        if cell.cell_type != "code":
            continue
        mark = cell.metadata.nbgrader
        source = texts.get(mark.grade_id, cell.source) if is_solution(cell) else cell.source
        try:
            exec(compile(source, mark.grade_id, "exec"), namespace)
            if is_grade(cell):
                points[mark.grade_id.removeprefix("check-")] = mark.points
        except Exception:
            if not is_grade(cell):
                raise
            points[mark.grade_id.removeprefix("check-")] = 0
    return Graded(points, namespace)


@cache
def full(topic: str) -> dict[str, int]:
    """The points of each task."""
    checks = [cell.metadata.nbgrader for cell in notebook(topic).cells if is_grade(cell)]
    return {mark.grade_id.removeprefix("check-"): mark.points for mark in checks}


def check_of(topic: str, task: str) -> str:
    """The source of a task's check."""
    return next(
        cell.source
        for cell in notebook(topic).cells
        if is_grade(cell) and cell.metadata.nbgrader.grade_id == f"check-{task}"
    )


def cases(kind: str) -> list:
    return [
        pytest.param(topic, answer, id=f"{topic}-{answer.task}-{answer.name}")
        for topic in TOPICS
        for answer in known(kind, topic)
    ]


@pytest.mark.parametrize("topic", TOPICS)
class TestTopic:
    def test_size(self, topic: str) -> None:
        assert len(full(topic)) >= 7
        assert sum(full(topic).values()) == 20

    def test_a_check_needs_no_other_check(self, topic: str) -> None:
        """After a task that ended its process, new rooms run the given cells and the tasks only."""
        cells = [cell for cell in notebook(topic).cells if cell.cell_type == "code"]
        for check in filter(is_grade, cells):
            namespace: dict = {}
            for cell in (*(c for c in cells if not is_grade(c)), check):
                exec(compile(cell.source, cell.metadata.nbgrader.grade_id, "exec"), namespace)

    def test_a_check_leaves_numpy_as_it_is(self, topic: str) -> None:
        """What a check sets in its own process does not reach the student's functions in theirs."""
        for cell in filter(is_grade, notebook(topic).cells):
            for word in ("errstate", "seterr", "warnings", "monkeypatch", "np.random.seed"):
                assert word not in cell.source, cell.metadata.nbgrader.grade_id

    def test_headings_state_the_points(self, topic: str) -> None:
        text = "\n".join(c.source for c in notebook(topic).cells if c.cell_type == "markdown")
        stated = re.findall(r"^## \d+\. .* \((\d+) points?\)$", text, re.M)
        assert [int(points) for points in stated] == list(full(topic).values())

    def test_answers_are_many_enough(self, topic: str) -> None:
        for task in full(topic):
            assert sum(a.task == task for a in known("misconceptions", topic)) >= 5, task
            assert sum(a.task == task for a in known("alternatives", topic)) >= 2, task
        assert {a.task for a in known("misconceptions", topic)} == set(full(topic))
        assert {a.task for a in known("alternatives", topic)} == set(full(topic))

    def test_reference_gets_full_marks(self, topic: str) -> None:
        assert grade(topic, {}).points == full(topic)

    def test_reference_as_a_submission_gets_full_marks(self, topic: str) -> None:
        texts = reference_answers(topic, tasks_of(notebook(topic)))
        assert grade(topic, texts).points == full(topic)

    def test_every_check_has_a_visible_and_a_hidden_part(self, topic: str) -> None:
        for task in full(topic):
            visible, hidden = check_of(topic, task).split("### BEGIN HIDDEN TESTS")
            assert "assert" in visible, task
            assert "assert" in hidden, task
            assert "solutions" not in visible, task


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(("topic", "answer"), cases("alternatives"))
def test_alternative_gets_full_marks(topic: str, answer: Answer) -> None:
    assert grade(topic, {answer.task: answer.source}).points == full(topic)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("topic", "answer"), cases("misconceptions"))
def test_misconception_loses_its_task_and_gets_its_advice(topic: str, answer: Answer) -> None:
    graded = grade(topic, {answer.task: answer.source})
    assert graded.points == full(topic) | {answer.task: 0}

    text = (ROOT / "exercises" / "misconceptions" / f"{topic}.py").read_text()
    functions = functions_of(text, answer.task)
    found = recognise(check_of(topic, answer.task), answer.task, graded.namespace, functions)
    assert found == answer.name
    assert answer.doc.endswith((".", ")", "?"))
    assert "\n" not in answer.doc.strip()


@pytest.mark.parametrize("topic", TOPICS)
def test_a_right_answer_shows_no_misconception(topic: str) -> None:
    text = (ROOT / "exercises" / "misconceptions" / f"{topic}.py").read_text()
    namespace = grade(topic, {}).namespace
    for task in full(topic):
        assert recognise(check_of(topic, task), task, namespace, functions_of(text, task)) is None
