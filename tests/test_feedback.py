"""Mathematics on the feedback page: MathML, so that the page needs no script."""

import jupytext
import pytest
from conftest import ROOT, TOPICS

from grading.feedback import PIECES, mathml


def converted(text: str) -> str:
    return PIECES.sub(mathml, text)


def test_inline_and_block() -> None:
    assert converted("the mean $n^{-1}$ of it").startswith("the mean <math><msup>")
    assert 'display="block"' in converted("so\n\n$$\n\\frac{1}{n}\n$$\n")
    assert "<mfrac>" in converted("$\\frac{1}{n}$")


def test_a_formula_that_cannot_be_read_is_shown_as_it_is() -> None:
    assert converted("my $\\loss<b>$") == "my <code>$\\loss&lt;b&gt;$</code>"


def test_code_is_left_alone() -> None:
    for code in ("`$HOME` and `$PATH`", "```python\ncost = '$3' + '$4'\n```"):
        assert converted(code) == code


@pytest.mark.parametrize("topic", TOPICS)
def test_no_tex_is_left_in_any_exercise(topic: str) -> None:
    source = (ROOT / "exercises" / f"{topic}.md").read_text()
    for cell in jupytext.reads(source, fmt="md:myst").cells:
        if cell.cell_type == "markdown":
            text = converted(cell.source)
            prose = PIECES.sub("", text)
            assert "$" not in prose
            for command in ("\\frac", "\\begin", "\\bigl", "\\partial", "\\hat", "\\text"):
                assert command not in prose, command
