"""The printed book, after `make pdf`: whole, with figures, formulas and working links."""

import re
from pathlib import Path
from unicodedata import normalize

import pytest
import yaml
from pypdf import PdfReader
from pypdf.generic import Destination

ROOT = Path(__file__).resolve().parent.parent
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
PAGES = re.findall(r"'file': '([^']+)'", str(TOC))
HTML = ROOT / "build" / "print" / "_build" / "singlehtml" / "index.html"


@pytest.fixture(scope="module")
def pdf() -> PdfReader:
    return PdfReader(ROOT / "build" / "book.pdf")


@pytest.fixture(scope="module")
def text(pdf: PdfReader) -> str:
    text = " ".join(page.extract_text() for page in pdf.pages)
    return re.sub(r"\s+", " ", normalize("NFKC", text))  # slanted letters as plain ones


def titles(outline: list) -> list[str]:
    """Return the titles in the outline of a PDF."""
    found = []
    for entry in outline:
        found += titles(entry) if isinstance(entry, list) else [entry.title]
    return found


def test_every_page_of_the_book_is_in_the_outline(pdf: PdfReader) -> None:
    outline = " | ".join(titles(pdf.outline))
    for name in PAGES:
        source = (ROOT / f"{name}.md").read_text("utf-8")
        title = re.search(r"^# (.+)$", source, re.M)[1]
        assert title in outline, name


def test_text_and_formulas_are_there(text: str) -> None:
    assert len(text.split()) > 20_000
    assert "∂" in text
    for left_over in ("\\frac", "\\partial", "$$", "{doc}", "{eq}", "{numref}"):
        assert left_over not in text.replace("r'\\frac", ""), left_over


def test_links_inside_the_book_lead_somewhere(pdf: PdfReader) -> None:
    inside = outside = 0
    for number, page in enumerate(pdf.pages):
        for annotation in page.get("/Annots") or []:
            link = annotation.get_object()
            action = link.get("/A")
            if action is not None and "/URI" in action:
                assert re.match(r"https?://|mailto:", action["/URI"]), (number, action["/URI"])
                outside += 1
            else:
                target = link.get("/Dest") or action["/D"]
                named = pdf.named_destinations.get(target) if isinstance(target, str) else target
                assert isinstance(named, Destination | list), (number, target)
                inside += 1
    assert inside > 100
    assert outside > 10


def test_every_figure_is_printed() -> None:
    page = HTML.read_text("utf-8")
    assert page.count("<img") >= page.count("<figure") > 20
