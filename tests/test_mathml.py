"""Formulas as MathML: of the book, of the exercises, and what is said of mistakes."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from numeric import ROOT

from grading.mathml import to_mathml

TEX = re.compile(r"(?<!\\)\$\$(.+?)\$\$|(?<![\\$])\$([^$]+?)\$", re.S)
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.S)
SOURCES = sorted(p for name in ("chapters", "exercises") for p in (ROOT / name).glob("*.md"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_every_formula_can_be_read(source: Path) -> None:
    for displayed, inline in TEX.findall(CODE.sub("", source.read_text("utf-8"))):
        mathml = to_mathml(displayed or inline, display=bool(displayed))
        root = ElementTree.fromstring(mathml)
        assert root.tag == "math"
        assert "".join(root.itertext()).strip()
        assert "error" not in mathml


def test_display() -> None:
    assert 'display="block"' in to_mathml("x", display=True)
    assert "display" not in to_mathml("x")


@pytest.mark.parametrize(
    "before", ["y_k", r"(1-y)", r"\frac12", "p^2"], ids=["index", "bracket", "fraction", "power"]
)
def test_a_named_function_keeps_its_distance(before: str) -> None:
    text = re.sub(r"\s", "", to_mathml(rf"{before}\log a"))
    assert '<mspacewidth="0.1667em"></mspace><mi>log' in text


@pytest.mark.parametrize(
    ("tex", "said"),
    [(r"\foo", r"Unsupported function name: \\foo"), (r"\frac{a}{b", "end of input")],
)
def test_a_mistake_is_named(tex: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        to_mathml(tex)
