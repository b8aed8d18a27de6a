"""The quiz: each question names what to read again; the browser remembers the answers."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import open_browser, serve
from myst_parser.mdit_to_docutils.base import default_slugify
from numeric import CHAPTERS, ROOT
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab
from sphinx.application import Sphinx
from test_chapters import CARD

STATIC = ROOT / "_static"
READ_AGAIN = re.compile(r"^:::\nRead again: \[([^\]\n]+)\]\(#([\w-]+)\)\n\Z", re.M)
QUIZZES = [chapter for chapter in CHAPTERS if CARD.search(chapter.read_text("utf-8"))]


@pytest.mark.parametrize("chapter", QUIZZES, ids=lambda path: path.stem)
def test_each_question_names_a_section_to_read_again(chapter: Path) -> None:
    text = chapter.read_text("utf-8")
    taught = re.findall(r"^## (.+)$", text[: text.index("\n## Summary\n")], re.M)
    for title, body in CARD.findall(text):
        link = READ_AGAIN.search(body)
        assert link, f"{title}: no line 'Read again: [section](#section)' at its end"
        assert link[1] in taught, title
        assert link[2] == default_slugify(link[1]), title


@pytest.mark.parametrize("chapter", QUIZZES, ids=lambda path: path.stem)
def test_titles_tell_questions_apart(chapter: Path) -> None:
    """The memory knows a question by its title."""
    titles = [title.strip() for title, _ in CARD.findall(chapter.read_text("utf-8"))]
    assert len(set(titles)) == len(titles)


def test_the_script_is_small() -> None:
    assert (STATIC / "quiz.js").stat().st_size <= 6_000


def quiz_card(title: str, right: int, section: str) -> str:
    answers = "".join(
        f":::{{dropdown}} answer {i}\n{'Right.' if i == right else 'Not quite.'} So it is.\n:::\n"
        for i in range(3)
    )
    again = f"Read again: [{section}](#{default_slugify(section)})"
    return f"::::{{card}} {title}\n:class-card: quiz\n\n{answers}{again}\n::::\n\n"


def turned_card(title: str) -> str:
    return (
        f":::{{dropdown}} {title}\n:class-container: question\n\n"
        "An answer.\n\nSee [Sums](quiz.md#sums).\n:::\n\n"
    )


SPACE = '<div style="height: 150vh"></div>\n\n'
PAGES = {
    "quiz": f"# Numbers\n\n## Sums\n\n{SPACE}## Products, too\n\n{SPACE}## Quiz\n\n"
    + quiz_card("What is `1 + 1`?", 1, "Sums")
    + quiz_card("Is $2x$ an [even](other.md) number?", 0, "Products, too")
    + quiz_card("And the third?", 2, "Sums")
    + f"## Exercises\n\n{SPACE}",
    "questions": f"# Questions\n\n## First\n\n{turned_card('One?')}{turned_card('Two?')}"
    f"## Second\n\n{turned_card('Three?')}{SPACE}",
    "other": "# Other\n\nA page without questions.\n",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build three small pages in the form of the chapters, without a theme."""
    source, site = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("site")
    for name, text in PAGES.items():
        (source / f"{name}.md").write_text(f"---\norphan: true\n---\n\n{text}", "utf-8")
    settings = {
        "extensions": ["myst_parser", "sphinx_design"],
        "html_css_files": ["quiz.css"],
        "html_js_files": ["quiz.js"],
        "html_static_path": [str(STATIC)],
        "html_theme": "basic",
        "mathjax_path": "none.js",
        "myst_enable_extensions": ["colon_fence", "dollarmath"],
        "myst_heading_anchors": 2,
        "root_doc": "other",
        "source_suffix": {".md": "markdown"},  # else Sphinx notes it for all builds of this process
    }
    Sphinx(
        source, None, site, site / ".doctrees", "html", settings, status=None, warningiserror=True
    ).build()
    (site / "_static" / "sphinx_highlight.js").write_text("")  # it fails where storage is blocked
    return site


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with serve(site) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def tab(browser: Browser, address: str) -> Iterator[Tab]:
    """A tab of a browser that remembers nothing; an error in a script fails the test."""
    yield from open_tab(browser, f"{address}quiz.html")


def open_tab(browser: Browser, url: str, script: str = "", **options: object) -> Iterator[Tab]:
    context, errors = browser.new_context(**options), []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.add_init_script(script)
    tab = context.new_page()
    tab.goto(url)
    yield tab
    context.close()
    assert errors == []


def answer(tab: Tab, question: int, choice: int) -> None:
    tab.locator(".quiz.sd-card").nth(question).locator("summary").nth(choice).click()


def said(tab: Tab) -> str:
    return tab.locator(".review [role=status]").inner_text()


def to_review(tab: Tab) -> list[str]:
    return tab.locator(".review li").all_inner_texts()


def test_nothing_is_answered_at_first(tab: Tab) -> None:
    assert tab.locator(".review h3").inner_text() == "What to review"
    assert said(tab) == "Right at the first try: 0 of 3. Not answered yet: 3."
    assert to_review(tab) == []
    places = "e => [e.previousElementSibling.className, e.nextElementSibling]"
    before, after = tab.locator(".review").evaluate(places)
    assert "quiz" in before
    assert after is None


def test_the_first_answer_counts(tab: Tab) -> None:
    answer(tab, 0, 0)  # wrong
    answer(tab, 0, 1)  # right, but second
    answer(tab, 2, 2)  # right
    answer(tab, 2, 0)  # wrong, but second
    assert said(tab) == "Right at the first try: 1 of 3. Not answered yet: 1."
    assert to_review(tab) == ["What is 1 + 1? – read again: Sums"]


def test_all_right(tab: Tab) -> None:
    for question, right in enumerate((1, 0, 2)):
        answer(tab, question, right)
    assert said(tab) == "Right at the first try: 3 of 3. Nothing to review."


def test_links_lead_to_the_question_and_to_the_section(tab: Tab) -> None:
    answer(tab, 1, 2)
    links = tab.locator(".review li a")
    assert links.count() == 2, "the link in the title of the question is not to be copied"
    assert links.nth(0).locator(".math").count() == 1
    for link, target in ((0, ".quiz.sd-card >> nth=1"), (1, "#products-too h2")):
        links.nth(link).click()
        top = tab.locator(target).evaluate("e => e.getBoundingClientRect().top")
        assert -1 <= top < 100
        assert tab.locator(target).evaluate("e => Boolean(e.closest(':target'))")


def test_reload_keeps_and_forget_forgets(tab: Tab) -> None:
    answer(tab, 0, 2)
    answer(tab, 1, 0)
    before = said(tab), to_review(tab)
    assert before[0] == "Right at the first try: 1 of 3. Not answered yet: 1."
    tab.reload()
    assert (said(tab), to_review(tab)) == before
    answer(tab, 0, 1)
    assert (said(tab), to_review(tab)) == before
    tab.get_by_role("button", name="Forget my answers on this page").click()
    assert tab.locator("details[open]").count() == 0
    for _ in range(2):
        assert said(tab) == "Right at the first try: 0 of 3. Not answered yet: 3."
        assert to_review(tab) == []
        tab.reload()
    answer(tab, 0, 1)
    assert said(tab) == "Right at the first try: 1 of 3. Not answered yet: 2."


def test_pages_are_remembered_apart(tab: Tab, address: str) -> None:
    answer(tab, 0, 1)
    tab.goto(f"{address}questions.html")
    assert said(tab) == "Known: 0 of 3. Not answered yet: 3."
    tab.get_by_role("button", name="Forget my answers on this page").click()
    tab.goto(f"{address}quiz.html")
    assert said(tab) == "Right at the first try: 1 of 3. Not answered yet: 2."
    tab.goto(f"{address}other.html")
    assert tab.locator(".review").count() == 0


def test_two_tabs_agree(tab: Tab) -> None:
    other = tab.context.new_page()
    other.goto(tab.url)
    answer(tab, 0, 0)
    other.wait_for_selector(".review li")
    answer(other, 1, 0)
    tab.wait_for_function("document.querySelector('[role=status]').textContent.includes('1 of 3')")
    assert said(tab) == said(other) == "Right at the first try: 1 of 3. Not answered yet: 1."
    assert to_review(tab) == to_review(other)


BLOCKED = {
    "no access": """Object.defineProperty(window, 'localStorage',
        {get() { throw new DOMException('no', 'SecurityError'); }});""",
    "no such thing": "Object.defineProperty(window, 'localStorage', {value: null});",
    "full": "Storage.prototype.setItem = () => { throw new DOMException('full'); };",
}


@pytest.mark.parametrize("script", BLOCKED.values(), ids=BLOCKED)
def test_blocked_storage_breaks_nothing(browser: Browser, address: str, script: str) -> None:
    for tab in open_tab(browser, f"{address}quiz.html", script):
        answer(tab, 0, 0)
        answer(tab, 1, 0)
        assert said(tab) == "Right at the first try: 1 of 3. Not answered yet: 1."
        assert len(to_review(tab)) == 1
        tab.get_by_role("button", name="Forget my answers on this page").click()
        assert said(tab) == "Right at the first try: 0 of 3. Not answered yet: 3."


def test_opened_as_a_file(browser: Browser, site: Path) -> None:
    for tab in open_tab(browser, (site / "quiz.html").as_uri()):
        answer(tab, 2, 1)
        assert to_review(tab) == ["And the third? – read again: Sums"]


@pytest.mark.parametrize("kept", ["", "{", "null", "3", '"ab"', "[1, 2]", '{"And the third?": 7}'])
def test_damaged_memory_is_no_memory(tab: Tab, kept: str) -> None:
    tab.evaluate("kept => { localStorage['quiz /quiz.html'] = kept; }", kept)
    tab.reload()
    assert said(tab) == "Right at the first try: 0 of 3. Not answered yet: 3."
    answer(tab, 2, 2)
    tab.reload()
    assert said(tab) == "Right at the first try: 1 of 3. Not answered yet: 2."


def test_an_answer_whose_words_have_changed_is_open_again(tab: Tab) -> None:
    answer(tab, 0, 0)
    tab.evaluate("localStorage['quiz /quiz.html'] = localStorage['quiz /quiz.html'].replace(0, 9)")
    tab.reload()
    assert said(tab) == "Right at the first try: 0 of 3. Not answered yet: 3."
    answer(tab, 0, 1)
    assert said(tab) == "Right at the first try: 1 of 3. Not answered yet: 2."


def test_what_the_browser_opens_is_no_answer(tab: Tab) -> None:
    """A search within the page and a script that prepares printing open answers, too."""
    tab.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
    tab.wait_for_timeout(50)
    assert said(tab) == "Right at the first try: 0 of 3. Not answered yet: 3."


def press_tab_until(tab: Tab, selector: str) -> None:
    for _ in range(40):
        tab.keyboard.press("Tab")
        if tab.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"Tab does not reach {selector}")


def test_with_the_keyboard_alone(tab: Tab) -> None:
    press_tab_until(tab, ".quiz summary")
    tab.keyboard.press("Enter")
    press_tab_until(tab, ".quiz .sd-card-body > p a")
    press_tab_until(tab, ".review li a[href='#question-1']")
    tab.keyboard.press("Enter")
    tab.wait_for_function("location.hash === '#question-1'")
    press_tab_until(tab, ".review li a[href='#sums']")
    press_tab_until(tab, ".review button")
    tab.keyboard.press("Space")
    assert to_review(tab) == []
    assert tab.evaluate("document.activeElement.matches('.review button')")


def test_the_section_is_told_after_an_answer(tab: Tab) -> None:
    again = tab.locator(".quiz >> nth=0 >> text=Read again")
    assert not again.is_visible()
    answer(tab, 0, 1)
    assert again.is_visible()
    assert not tab.locator(".quiz >> nth=1 >> text=Read again").is_visible()
    tab.emulate_media(media="print")
    assert tab.locator(".quiz >> nth=1 >> text=Read again").is_visible()
    assert not tab.locator(".review").is_visible()


def test_without_a_script(browser: Browser, address: str) -> None:
    for tab in open_tab(browser, f"{address}quiz.html", java_script_enabled=False):
        answer(tab, 0, 0)
        link = tab.locator(".quiz >> nth=0 >> text=Read again").locator("a")
        assert link.get_attribute("href") == "#sums"
        assert link.is_visible()
        tab.goto(f"{address}questions.html")
        tab.locator("summary").first.click()
        assert tab.get_by_text("An answer.").first.is_visible()
        assert tab.locator("button, .review").count() == 0


def judge(tab: Tab, question: str, verdict: str) -> None:
    card = tab.locator("details.question").filter(has_text=question)
    if card.get_attribute("open") is None:
        card.locator("summary").click()
    card.get_by_role("button", name=verdict).click()


def pressed(tab: Tab) -> list[str]:
    return tab.locator("[aria-pressed=true]").evaluate_all("all => all.map(e => e.textContent)")


@pytest.fixture
def turned(browser: Browser, address: str) -> Iterator[Tab]:
    yield from open_tab(browser, f"{address}questions.html")


def test_questions_are_judged_by_the_reader(turned: Tab) -> None:
    assert turned.locator(".review + section h2").inner_text().startswith("First")
    turned.locator("summary").first.click()  # to open a card judges nothing
    assert said(turned) == "Known: 0 of 3. Not answered yet: 3."
    judge(turned, "One?", "I knew it")
    judge(turned, "Three?", "Review")
    turned.reload()
    assert said(turned) == "Known: 1 of 3. Not answered yet: 1."
    assert to_review(turned) == ["Three? – read again: Sums"]
    assert turned.locator(".review li a").nth(1).get_attribute("href") == "quiz.html#sums"
    assert pressed(turned) == ["I knew it", "Review"]
    judge(turned, "Three?", "I knew it")
    judge(turned, "Two?", "I knew it")
    assert said(turned) == "Known: 3 of 3. Nothing to review."
    turned.get_by_role("button", name="Forget").click()
    assert pressed(turned) == []
    assert turned.locator("details[open]").count() == 0


def test_pick_one_that_is_not_known(turned: Tab) -> None:
    pick = turned.get_by_role("button", name="Pick one that I have not known")
    judge(turned, "Two?", "I knew it")
    judge(turned, "Three?", "Review")
    picked = set()
    for _ in range(30):
        pick.click()
        card = turned.locator("details.question:has(summary:focus)")
        picked.add(card.locator("summary").inner_text().strip())
        assert card.evaluate("e => e.matches(':target')")
    assert picked == {"One?", "Three?"}
    judge(turned, "One?", "I knew it")
    judge(turned, "Three?", "I knew it")
    pick.click()
    assert turned.locator("details.question summary:focus").count() == 1
