"""Terms and symbols that explain themselves: the links, the texts, and the box in a browser."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import ROOT, open_browser, serve
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab
from sphinx.application import Sphinx

sys.path.insert(0, str(ROOT / "_extensions"))

CONF = {
    "extensions": ["myst_nb", "sphinx_design", "mathml", "symbols"],
    "source_suffix": {".md": "myst-nb"},
    "html_math_renderer": "mathml",
    "html_theme": "sphinx_book_theme",
    "html_static_path": [str(ROOT / "_static")],
    "html_css_files": ["book.css", "explain.css"],
    "html_js_files": ["explain.js"],
    "myst_enable_extensions": ["amsmath", "colon_fence", "deflist", "dollarmath"],
    "nb_execution_mode": "off",
}
CHAPTER = r"""# Heading with $\delta$

At first $W^{(l+1)}$, and $W$ again.

## First section with $b$

The {term}`gradient`, $\delta$, $\delta^{(l+1)}$, $\hat  y$, $W+b$, $v$, ${\delta}$,
[a link with $K$](https://example.org), and a
{term}`vector–Jacobian product`.

```{figure} picture.svg
A caption with $L$.
```

::::{card} A question about $z$
:class-card: quiz

:::{dropdown} An answer with $z$
Right, because of $z$.
:::
::::

:::{dropdown} A summary with $b$
Inside, $a$.
:::

### Inside

No second $\delta$.

## Second section

Again $\delta$.
"""
LINK = re.compile(r'<a aria-label="[^"]+" class="symbol" href="([^"]*)">(.*?)</a>', re.S)


def build(source: Path, builder: str = "html") -> Path:
    """Build a small book: the real glossary and notation, and one chapter."""
    chapters = source / "chapters"
    chapters.mkdir(parents=True, exist_ok=True)
    for name in ("glossary", "notation"):
        text = (ROOT / "chapters" / f"{name}.md").read_text("utf-8")
        (chapters / f"{name}.md").write_text(text)
    for name in ("introduction", "loss", "gradient_descent", "chain_rule", "optimizers"):
        (chapters / f"{name}.md").write_text("# Some chapter\n\nNothing to explain: $\\omega$.\n")
    (chapters / "backprop.md").write_text(CHAPTER)
    (chapters / "vanishing_gradients.md").write_text("# Deep\n\nThere $v$ is the variance.\n")
    (chapters / "picture.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (source / "index.md").write_text("# Book\n\n```{toctree}\n:glob:\n\nchapters/*\n```\n")
    out = source / "build" / builder
    app = Sphinx(
        source, None, out, source / "build" / "trees", builder, CONF, status=None, warning=None
    )
    app.build()
    return out


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("book"))


def sections(page: Path) -> dict[str, list[str]]:
    """Return the symbols that each section of a page links to, by its heading."""
    article = page.read_text("utf-8").split("<article", 1)[1]
    found: dict[str, list[str]] = {"": []}
    for part in re.split(r"(?=<h2>)", article):
        heading = re.search(r"<h2>(.*?)[<w]", part)
        name = heading[1].split(" with")[0] if heading else ""
        found[name] = [target for target, _ in LINK.findall(part)]
    return found


def test_first_mention_in_each_section_is_a_link(book: Path) -> None:
    page = "notation.html#symbol-"
    assert sections(book / "chapters" / "backprop.html") == {
        "": [f"{page}W"],
        "First section ": [f"{page}{name}" for name in ("delta", "hat-y", "a")],
        "Second section": [f"{page}delta"],
    }


def test_link_keeps_the_formula(book: Path) -> None:
    html = (book / "chapters" / "backprop.html").read_text("utf-8")
    for _, inside in LINK.findall(html):
        assert re.match(r"<math.*>\S+</.*</math>$", inside, re.S), inside
    assert html.count("<h1>Heading with <math") == 1


def test_link_has_a_name_to_be_read(book: Path) -> None:
    html = (book / "chapters" / "backprop.html").read_text("utf-8")
    names = re.findall(r'<a aria-label="([^"]*)" class="symbol"', html)
    assert names == ["capital W of layer l+1", "delta", "y hat", "a", "delta"]


def test_letter_means_what_it_means_in_its_chapter(book: Path) -> None:
    html = (book / "chapters" / "vanishing_gradients.html").read_text("utf-8")
    (target,) = [target for target, _ in LINK.findall(html)]
    assert target == "notation.html#symbol-v-2"
    notation = (book / "chapters" / "notation.html").read_text("utf-8")
    row = re.search(r'<tr[^>]*id="symbol-v-2".*?</tr>', notation, re.S)[0]
    assert "variance" in row


def test_rows_have_identifiers_of_their_own(book: Path) -> None:
    notation = (book / "chapters" / "notation.html").read_text("utf-8")
    rows = re.findall(r'<tr[^>]*id="([^"]*)"', notation)
    assert len(rows) == notation.count("<tr") - notation.count("<thead>") - 9  # the last table
    assert len(set(rows)) == len(rows) >= 50
    assert all(re.fullmatch(r"symbol-[\w-]*\w", row) for row in rows)
    assert 'class="symbol' not in notation


def test_every_link_is_explained(book: Path) -> None:
    script = (book / "_static" / "explanations.js").read_text("utf-8")
    assert len(script.encode()) < 30_000
    texts = json.loads(re.fullmatch(r"const EXPLANATIONS = (.*);\n", script, re.S)[1])
    pages = [path.read_text("utf-8") for path in (book / "chapters").glob("*.html")]
    identifiers = {i for page in pages for i in re.findall(r'id="((?:symbol|term)-[^"]*)"', page)}
    assert identifiers == texts.keys()
    assert not [text for text in texts.values() if "<a" in text or "\\" in text or "{" in text]
    assert texts["term-kink"].startswith("A point where the slope of a function jumps")
    assert texts["symbol-eta"] == "<b>eta</b>: learning rate; one number, in code <code>lr</code>"
    assert texts["term-neuron"] == texts["term-unit"]


def test_texts_are_loaded_where_they_are_needed(book: Path) -> None:
    pages = {path.stem: path.read_text("utf-8") for path in (book / "chapters").glob("*.html")}
    loading = {name for name, page in pages.items() if "explanations.js" in page}
    assert loading == {"backprop", "vanishing_gradients"}


def test_scripts_are_small() -> None:
    assert (ROOT / "_static" / "explain.js").stat().st_size < 3000


def test_single_page_links_within_itself(book: Path) -> None:
    out = build(book.parent.parent, "singlehtml")
    html = (out / "index.html").read_text("utf-8")
    targets = [target for target, _ in LINK.findall(html)]
    assert targets == [
        f"index.html#symbol-{n}" for n in ("W", "delta", "hat-y", "a", "delta", "v-2")
    ]
    for target in targets:
        assert html.count(f'id="{target.split("#")[1]}"') == 1


def test_other_formats_have_no_links(book: Path) -> None:
    out = build(book.parent.parent, "pseudoxml")
    text = (out / "chapters" / "backprop.pseudoxml").read_text("utf-8")
    assert "<math>" in text
    assert 'classes="symbol"' not in text


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as found:
        yield found


@pytest.fixture(scope="module")
def address(book: Path) -> Iterator[str]:
    with serve(book) as found:
        yield found


def open_chapter(browser: Browser, address: str, **options: object) -> Tab:
    tab = browser.new_context(**options).new_page()
    tab.on("pageerror", lambda error: pytest.fail(str(error)))
    tab.goto(f"{address}chapters/backprop.html", wait_until="load")
    return tab


def explanation(tab: Tab) -> str | None:
    """Return the text of the box, or None where it is not shown."""
    box = tab.locator("#explanation")
    return box.inner_text() if box.count() and box.is_visible() else None


def test_focus_shows_and_escape_hides(browser: Browser, address: str) -> None:
    tab = open_chapter(browser, address)
    term, symbol = tab.locator("a.term").first, tab.locator("a.symbol").first
    term.focus()
    assert explanation(tab).startswith("All partial derivatives of a number")
    assert term.get_attribute("aria-describedby") == "explanation"
    assert tab.locator("#explanation").get_attribute("role") == "tooltip"
    tab.keyboard.press("Escape")
    assert explanation(tab) is None
    assert term.get_attribute("aria-describedby") is None
    assert term.evaluate("e => e === document.activeElement")
    symbol.focus()
    assert explanation(tab).startswith("capital W: weights of a layer")
    term.focus()
    assert tab.locator("[aria-describedby=explanation]").count() == 1
    term.blur()
    assert explanation(tab) is None
    tab.keyboard.press("Tab")  # by the keyboard alone
    for _ in range(40):
        if tab.evaluate("document.activeElement.matches('a.symbol, a.term')"):
            break
        tab.keyboard.press("Tab")
    assert explanation(tab)


def test_hover_shows_and_the_box_can_be_pointed_at(browser: Browser, address: str) -> None:
    tab = open_chapter(browser, address)
    tab.locator("a.symbol").nth(1).hover()
    assert explanation(tab) is None  # not at once
    tab.wait_for_timeout(400)
    assert explanation(tab).startswith("delta: the gradient of the loss")
    tab.locator("#explanation").hover()
    tab.wait_for_timeout(400)
    assert explanation(tab)
    tab.mouse.move(2, 2)
    tab.wait_for_timeout(400)
    assert explanation(tab) is None
    tab.locator("a.symbol").nth(1).hover()
    tab.wait_for_timeout(400)
    tab.keyboard.press("Escape")
    tab.wait_for_timeout(400)
    assert explanation(tab) is None


def test_box_stays_on_a_narrow_screen(browser: Browser, address: str) -> None:
    tab = open_chapter(browser, address, viewport={"width": 320, "height": 400})
    tab.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    for link in tab.locator("a.symbol, a.term").all():
        for block in ("start", "end"):
            link.evaluate(f"e => e.scrollIntoView({{block: '{block}', behavior: 'instant'}})")
            link.focus()
            box, place = tab.locator("#explanation").bounding_box(), link.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 320
            assert 0 <= box["y"] <= 400 - box["height"], (box, place, block, link.inner_html())
            assert box["y"] > place["y"] or box["y"] + box["height"] < place["y"] + place["height"]
            link.blur()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320


def luminance(colour: str) -> float:
    """Return the relative luminance of rgb(...), as the contrast formula of WCAG has it."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * p for weight, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_line_and_box_can_be_seen(browser: Browser, address: str, scheme: str) -> None:
    tab = open_chapter(browser, address, color_scheme=scheme, reduced_motion="reduce")
    tab.wait_for_selector(f"html[data-theme={scheme}]", state="attached")
    page = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    for link in (tab.locator("a.term").first, tab.locator("a.symbol").first):
        style = link.evaluate("e => ({...getComputedStyle(e)})")
        assert style["borderBottomStyle"] == "dotted"
        assert contrast(style["borderBottomColor"], page) >= 3
        link.focus()
        box = tab.locator("#explanation").evaluate("e => ({...getComputedStyle(e)})")
        assert contrast(box["color"], box["backgroundColor"]) >= 4.5
        assert contrast(box["borderBottomColor"], page) >= 3
        assert box["transitionDuration"] == "0s"
        assert box["animationName"] == "none"


def test_without_a_script_the_link_leads_to_the_entry(browser: Browser, address: str) -> None:
    tab = open_chapter(browser, address, java_script_enabled=False)
    tab.locator("a.term").first.click()
    assert tab.url.endswith("glossary.html#term-gradient")
    assert tab.locator("#term-gradient").count() == 1


def test_from_a_file(browser: Browser, book: Path) -> None:
    tab = open_chapter(browser, f"{book.as_uri()}/")
    tab.locator("a.term").first.focus()
    assert explanation(tab)
