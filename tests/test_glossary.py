"""The glossary and the notation: nothing twice, nothing dead, every entry with its section."""

import re
import unicodedata
from pathlib import Path

import pytest
from numeric import CHAPTERS, ROOT, cells, run

GLOSSARY, NOTATION = ROOT / "chapters" / "glossary.md", ROOT / "chapters" / "notation.md"
ENTRIES = re.findall(
    r"^((?:\S.*\n)+)((?:(?:  .*)?\n)+)", GLOSSARY.read_text("utf-8").split(":sorted:\n")[1], re.M
)
ROW = re.compile(r"^\| \$(.+?)\$ (\|.+\|) (.+?) \| (.+?) \|$", re.M)
ROWS = ROW.findall(NOTATION.read_text("utf-8"))
TERM = re.compile(r"\{term\}`(?:[^`<]+<)?([^`<>]+)>?`")
OF_THE_ARTICLES = """neural network, deep learning, backpropagation, stochastic gradient descent,
    neuron, weight, bias, loss, activation, forward pass, gradient descent, gradient,
    partial derivative"""


def terms() -> list[str]:
    return [term.lower() for names, _ in ENTRIES for term in names.splitlines()]


def slug(heading: str) -> str:
    """Return the anchor of a heading."""
    words = unicodedata.normalize("NFC", heading.strip().lower()).replace(" ", "-")
    return re.sub(r"[^\w-]", "", words)


def anchors(chapter: str) -> set[str]:
    text = (ROOT / "chapters" / chapter).read_text("utf-8")
    return {slug(heading) for heading in re.findall(r"^## (.+)$", text, re.M)}


def tokens(tex: str) -> list[str]:
    return re.findall(r"\\[A-Za-z]+|\S", tex)


def formulas(chapter: str) -> list[list[str]]:
    """Return the formulas of a chapter, without its code, each as a list of tokens."""
    text = (ROOT / "chapters" / f"{chapter}.md").read_text("utf-8")
    text = re.sub(r"^```\{code-cell\}.*?^```$", "", text, flags=re.M | re.S)
    return [tokens(a or b) for a, b in re.findall(r"\$\$(.+?)\$\$|\$([^$]+)\$", text, re.M | re.S)]


def test_no_term_is_defined_twice() -> None:
    assert len(terms()) >= 60
    assert len(set(terms())) == len(terms())
    assert {" ".join(term.split()) for term in OF_THE_ARTICLES.split(",")} <= set(terms())


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry[0].split("\n")[0])
def test_entry_defines_and_leads_to_its_section(entry: tuple[str, str]) -> None:
    definition, source = entry[1].strip().split("\n\n")
    assert 5 <= len(definition.split()) <= 50
    assert definition.rstrip().endswith(".")
    chapter, target, anchor = re.fullmatch(
        r"\{doc\}`(\w+)`: \[\]\((\w+)\.md#(.+)\)", source.strip()
    ).groups()
    assert chapter == target
    assert anchor in anchors(f"{chapter}.md")


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_chapter_links_to_terms_that_exist_and_once(chapter: Path) -> None:
    linked = [" ".join(term.lower().split()) for term in TERM.findall(chapter.read_text("utf-8"))]
    assert set(linked) <= set(terms())
    assert len(set(linked)) == len(linked)


def test_terms_are_linked() -> None:
    linked = {term for path in CHAPTERS for term in TERM.findall(path.read_text("utf-8"))}
    assert len(linked) >= 30


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_symbol_stands_in_each_of_its_chapters(row: tuple[str, ...]) -> None:
    symbol = tokens(row[0])
    chapters = re.findall(r"\{doc\}`[\w ]+ <(\w+)>`", row[3])
    assert chapters
    for chapter in chapters:
        assert any(
            formula[i : i + len(symbol)] == symbol
            for formula in formulas(chapter)
            for i in range(len(formula))
        ), f"{row[0]} does not stand in {chapter}"


def test_no_symbol_has_two_meanings_in_a_chapter() -> None:
    pairs = [(row[0], c) for row in ROWS for c in re.findall(r"<(\w+)>", row[3])]
    assert len(ROWS) >= 50
    assert len(set(pairs)) == len(pairs)


def test_names_of_the_notation_stand_in_the_code() -> None:
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "solutions").glob("*.py"))
    code += "\n".join(cell.source for path in CHAPTERS for cell in cells(path))
    for symbol, _, names, _ in ROWS:
        for name in re.findall(r"[A-Za-z_]\w*", names):
            assert re.search(rf"\b{name}\b", code), f"{symbol}: {name}"


def test_rows_and_columns_agree() -> None:
    names, printed = run(NOTATION)[:2]
    for row, column in zip(names["rows"], names["columns"], strict=True):
        assert row.any()
        assert abs(row - column.T).max() < 1e-15
    assert printed.count("largest difference") == 4
