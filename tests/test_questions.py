"""The page of questions: enough of them, each answered, linked, and with computed numbers."""

import re

import pytest
from myst_parser.mdit_to_docutils.base import default_slugify
from numeric import ROOT, run

CHAPTERS = ROOT / "chapters"
PAGE = CHAPTERS / "questions.md"
QUESTION = re.compile(
    r"^:::\{dropdown\} ([^\n]+)\n:class-container: question\n\n(.*?)\n\n(See .*?)\n:::$",
    re.M | re.S,
)
LINK = re.compile(r"\[([^\]]+)\]\((\w+)\.md#([\w-]+)\)")
MISTAKE = re.compile(r"\{ref\}`E(\d+) <e(\d+)>`")

# The ten questions of the article F3.
INTERVIEW = {
    "backpropagation": "What is backpropagation?",
    "gradient descent": "What is gradient descent?",
    "chain rule": "What is the chain rule, and what has it to do with backpropagation?",
    "partial derivatives": "What is a partial derivative?",
    "why backpropagation": "Why is backpropagation used, and not something simpler?",
    "learning rate": "How do I choose the learning rate?",
    "two passes": "What happens in the forward pass, and what in the backward pass?",
    "vanishing, exploding": "What are vanishing and exploding gradients?",
    "cures": "What helps against vanishing and exploding gradients?",
    "pros and cons": "What are the advantages and drawbacks of backpropagation?",
}


@pytest.fixture(scope="module")
def text() -> str:
    return PAGE.read_text("utf-8")


@pytest.fixture(scope="module")
def questions(text: str) -> list[tuple[str, str, str]]:
    """Each question with its answer and the sentence of links."""
    found = QUESTION.findall(text)
    assert len(found) == text.count("{dropdown}"), "a card does not have the form of a question"
    return found


def sentences(answer: str) -> int:
    """Count the sentences of an answer; the dots in `code` and in $formulas$ end none."""
    plain = re.sub(r"`[^`]*`|\$[^$]*\$", "x", answer)
    return len(re.findall(r"[.?!](?=\s|$)", plain))


def test_questions_of_all_articles(questions: list) -> None:
    asked = {question for question, _, _ in questions}
    assert asked.issuperset(INTERVIEW.values())
    assert len(asked - set(INTERVIEW.values())) >= 16


def test_no_two_are_the_same(questions: list) -> None:
    for part in (0, 1):
        said = [re.sub(r"\W+", " ", question[part]).lower() for question in questions]
        assert len(set(said)) == len(said)


def test_each_answer_is_two_to_six_sentences(questions: list) -> None:
    counts = {question: sentences(answer) for question, answer, _ in questions}
    assert {question: n for question, n in counts.items() if not 2 <= n <= 6} == {}
    assert min(len(answer.split()) for _, answer, _ in questions) >= 30


def test_each_answer_leads_to_a_section(questions: list) -> None:
    for question, _, see in questions:
        links = LINK.findall(see)
        assert links, question
        assert len(links) == see.count("]("), question
        for words, chapter, slug in links:
            heading = f"\n## {words}\n"
            assert heading in (CHAPTERS / f"{chapter}.md").read_text("utf-8"), (question, words)
            assert slug == default_slugify(words), question


def test_each_mistake_is_corrected(questions: list) -> None:
    corrections = (CHAPTERS / "corrections.md").read_text("utf-8")
    labels = set(re.findall(r"^\(e(\d+)\)=$", corrections, re.M))
    for question, answer, see in questions:
        mistakes = MISTAKE.findall(see)
        assert see.count("{ref}") == len(mistakes), question
        assert ("mistake" in see) == bool(mistakes), question
        assert ("mistakes" in see) == (len(mistakes) > 1), question
        assert all(shown == label and label in labels for shown, label in mistakes), question
        assert "{ref}" not in answer, question


def test_numbers_come_from_the_cells(text: str) -> None:
    names = run(PAGE).names
    quoted = set(re.findall(r"\{eval\}`([^`]*)`", text))
    assert quoted
    assert [name for name in quoted if type(names.get(name)) not in (int, float)] == []


def test_numbers() -> None:
    names = run(PAGE).names
    assert names["parameters"] == (784 + 1) * 128 + (128 + 1) * 10
    assert names["differences"] == 203_540
    assert 2 < names["passes"] < 3
    assert names["slope"] == 1 + 2 * 3
    assert names["down"] == round(0.8**20, 2)
    assert names["up"] == round(1.2**20, 1) == names["beyond"]
    assert names["below"] == round((-0.8) ** 20, 2)
    assert (names["rows"], names["columns"]) == (5, 5)
    assert names["sigmoid"] == float(f"{4.0**-40:.0e}")
    assert (names["low"], names["high"]) == (0.015, 45)
    # dW1 = (1, 2)ᵀ (δ W2ᵀ ⊙ (1, 1, 0)), and the step moves W2 by −0.1 dW2: all by hand.
    right, moved = (0.1, 0.15), (0.5 * 0.575 - 0.2 * 1.01, 0.5 * 0.49 - 0.2 * 0.504)
    off = sum((a - b) ** 2 for a, b in zip(right, moved, strict=True)) / sum(a * a for a in right)
    assert names["percent"] == round(100 * off**0.5)
