"""What holds for every chapter: verified gradients, honest code, figures, quiz and structure."""

import importlib
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numeric import CHAPTERS, ROOT, Gradient, cells, central_differences, relative_error, run

TOPICS = [chapter for chapter in CHAPTERS if (ROOT / "solutions" / f"{chapter.stem}.py").exists()]
EQUATION = re.compile(r"^\$\$\n(.*?)\n\$\$(?: \((\S+)\))?$", re.M | re.S)
DERIVATIVE = re.compile(r"\\partial|\\nabla|'|\\frac\{?(\\mathrm\{?\s?)?d(?!_)")
CARD = re.compile(r"^::::\{card\}([^\n]*)\n:class-card: quiz\n(.*?)^::::$", re.M | re.S)
ANSWER = re.compile(r"^:::\{dropdown\} ([^\n]+)\n(.*?)^:::$", re.M | re.S)
MOST_LINES = 12

each_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
each_topic = pytest.mark.parametrize("chapter", TOPICS, ids=lambda path: path.stem)


def text_of(chapter: Path) -> str:
    """Return the text of a chapter without its code cells."""
    return re.sub(r"^```\{code-cell\}.*?^```$", "", chapter.read_text("utf-8"), flags=re.M | re.S)


def checks_module(chapter: Path) -> ModuleType | None:
    """Return the module tests/test_<topic>.py of a chapter, if there is one."""
    name = f"test_{chapter.stem}"
    exists = (ROOT / "tests" / f"{name}.py").exists()
    return importlib.import_module(name) if exists else None


def gradients_of(chapter: Path) -> dict[str, Gradient]:
    """Return the checks of the chapter's gradient equations, by label."""
    return getattr(checks_module(chapter), "GRADIENTS", {})


def without_space(equation: str) -> str:
    return re.sub(r"\s|\.$", "", equation.strip())


def test_there_are_chapters() -> None:
    assert CHAPTERS


@each_chapter
def test_every_displayed_gradient_has_its_check(chapter: Path) -> None:
    text, prefix = text_of(chapter), f"eq-{chapter.stem.replace('_', '-')}-"
    rest = EQUATION.sub("", text)
    for other in ("$$", r"\begin{", "{math}", r"\["):
        assert other not in rest, f"write displayed equations between lines of $$, not with {other}"
    shown = {}
    for equation, label in EQUATION.findall(text):
        if DERIVATIVE.search(equation):
            assert label, f"no label: {equation}"
            shown[label] = equation
        assert label.startswith(prefix) or not label, f"{label} does not begin with {prefix}"
    checks = gradients_of(chapter)
    assert shown.keys() == checks.keys()
    for label, equation in shown.items():
        assert without_space(equation) == without_space(checks[label].equation), (
            f"{label} has changed: see that its formula in GRADIENTS says the same"
        )


@pytest.mark.parametrize(
    ("chapter", "label"),
    [(chapter, label) for chapter in CHAPTERS for label in gradients_of(chapter)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_gradient_against_central_differences(chapter: Path, label: str) -> None:
    check = gradients_of(chapter)[label]
    assert len(check.points) >= 2
    for x, y in check.points:
        true = central_differences(lambda x, y=y: check.f(x, y), x)
        assert relative_error(check.formula(x, y), true) <= 1e-7
        if check.code:
            assert relative_error(check.code(x, y), true) <= 1e-7


def leaves(value: object) -> list:
    """Return the arrays and numbers in a result that may be made of tuples and lists."""
    if isinstance(value, tuple | list):
        return [leaf for part in value for leaf in leaves(part)]
    return [value]


@each_topic
def test_functions_spelled_out_equal_those_of_solutions(chapter: Path) -> None:
    reference = importlib.import_module(f"solutions.{chapter.stem}")
    spelled_out = [f for f in run(chapter).functions if hasattr(reference, f.__name__)]
    arguments = getattr(checks_module(chapter), "SAME", {})
    assert {f.__name__ for f in spelled_out} == arguments.keys()
    for function in spelled_out:
        for example in arguments[function.__name__]:
            expected = getattr(reference, function.__name__)(*example)
            actual = function(*example)
            for a, e in zip(leaves(actual), leaves(expected), strict=True):
                np.testing.assert_allclose(a, e, rtol=1e-12, atol=1e-15)


@each_chapter
def test_cells_are_short_and_figures_described(chapter: Path) -> None:
    names = []
    for cell in cells(chapter):
        lines = cell.source.split("\n")
        where = f"{chapter.name}:{cell.line}"
        assert len(lines) <= MOST_LINES, f"{where}: {len(lines)} lines"
        assert max(map(len, lines)) <= 100, f"{where}: a line is too long to read"
        if "plt.show()" in cell.source or "mystnb" in cell.settings:
            settings = cell.settings["mystnb"]
            assert len(settings["image"]["alt"].split()) >= 15, f"{where}: alt text"
            assert len(settings["figure"]["caption"].split()) >= 5, f"{where}: caption"
            names.append(settings["figure"]["name"])
        assert ("plt.subplots" in cell.source) == ("plt.show()" in cell.source), where
    assert len(names) == len(set(names))
    assert all(name.startswith(f"fig-{chapter.stem.replace('_', '-')}-") for name in names)
    assert len(names) >= 3 or chapter not in TOPICS


@each_chapter
def test_quiz_has_one_right_answer_and_feedback_for_each_wrong_one(chapter: Path) -> None:
    text = text_of(chapter)
    questions = CARD.findall(text)
    assert len(questions) == text.count("{card}"), "a card does not have the form of a question"
    assert len(questions) >= 8 or chapter not in TOPICS
    places, feedback = [], []
    for title, body in questions:
        answers = ANSWER.findall(body)
        asked, _, _ = ANSWER.sub("", body).partition("Read again:")  # see test_quiz.py
        question = f"{title.strip()} {asked.strip()}"
        assert len(question.split()) >= 4, question
        assert len(answers) == body.count("{dropdown}"), question
        assert 3 <= len(answers) <= 4, question
        assert len({answer for answer, _ in answers}) == len(answers), question
        verdicts = [said.split(".")[0] for _, said in answers]
        assert verdicts.count("Right") == 1, question
        assert verdicts.count("Not quite") == len(answers) - 1, question
        for answer, said in answers:
            _, _, reason = said.partition(".")
            assert len(reason.split()) >= 6, f"{question}: {answer}: no reason"
            feedback.append(reason)
        places.append(verdicts.index("Right"))
    if chapter.stem != "questions":  # whose cards test_questions.py checks
        assert text.count("{dropdown}") == len(feedback)
    assert len(set(feedback)) == len(feedback)
    if questions:
        assert len(set(places)) >= 3, "the right answer stands always in the same place"
        assert max(map(places.count, places)) <= 0.6 * len(places)


@each_topic
def test_structure(chapter: Path) -> None:
    text, topic = text_of(chapter), chapter.stem
    assert re.search(r"^# .+\n\n:::\{admonition\} In this chapter\n", text, re.M)
    assert "**You will**" in text
    assert "**You need**" in text
    headings = re.findall(r"^## (.+)$", text, re.M)
    last = [name for name in headings if name in {"Summary", "Quiz", "Exercises", "Going further"}]
    assert headings[-len(last) :] == last
    assert last[:3] == ["Summary", "Quiz", "Exercises"]
    assert (
        f"{{download}}`the exercise notebook and its checks <../build/download/{topic}.zip>`"
        in text
    )
