"""What is taken out of the built site, and what must stay."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from numeric import ROOT

sys.path.insert(0, str(ROOT / "_extensions"))
import lean

STYLE = """
/* a comment */
.used { color: red }
.unused { color: green }
.used .unused, p > .used { color: blue }
.written:hover { color: black }
#here .used { margin: 0 }
#elsewhere { margin: 1px }
p:not(.unused) { padding: 0 }
@media print { .used { color: white } .unused { color: gray } }
@media screen { .unused { color: gray } }
@font-face { font-family: X; src: url(x.woff2) }
html[data-theme="dark"] { --ink: white }
"""
PAGE = """<link href="_static/vendor/fontawesome/6/css/all.min.css?digest=1" rel="stylesheet" />
<script src="_static/vendor/fontawesome/6/js/all.min.js?digest=1"></script>
<main id="here"><p class="used">Text</p></main>
<script>document.write('<i class="written"></i>')</script>"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    static = tmp_path / "_static"
    (static / "vendor" / "fontawesome").mkdir(parents=True)
    (static / "book.css").write_text(STYLE)
    (static / "book.css.map").write_text("{}")
    (tmp_path / "index.html").write_text(PAGE)
    app = SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(format="html"))
    lean.lean(app, None)
    return tmp_path


def test_rules_that_match_stay_and_others_go(site: Path) -> None:
    lines = (site / "_static" / "book.css").read_text().splitlines()
    assert lines == [
        ".used{color: red}",
        "p > .used{color: blue}",
        ".written:hover{color: black}",
        "#here .used{margin: 0}",
        "p:not(.unused){padding: 0}",
        "@media print {.used{color: white}}",
        "@font-face { font-family: X; src: url(x.woff2) }",
        'html[data-theme="dark"]{--ink: white}',
    ]


def test_the_icon_library_and_maps_go(site: Path) -> None:
    page = (site / "index.html").read_text()
    assert "fontawesome" not in page
    assert page.endswith(PAGE.split("\n", 2)[2])
    assert sorted(p.name for p in (site / "_static").iterdir()) == ["book.css"]


def test_a_failed_build_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "book.map").touch()
    lean.lean(SimpleNamespace(outdir=tmp_path), ValueError())
    assert (tmp_path / "book.map").exists()
