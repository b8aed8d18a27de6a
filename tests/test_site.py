"""The built site: whole, small, readable by everyone, and complete without a network."""

import fcntl
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from playwright.sync_api import Page as Tab
from playwright.sync_api import sync_playwright

from grading.serve import open_port

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "build" / "site"
SOURCES = ("_config.yml", "_toc.yml", "index.md", "Makefile", "_static", "_vendor")
SOURCES += ("chapters", "exercises", "solutions", "grading/release.py", "nbgrader_config.py")

MAX_PAGE = 150_000  # bytes of HTML
NAVIGATION = {"alternate", "author", "canonical", "index", "license", "next", "prev", "search"}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Page(HTMLParser):
    """The tags and identifiers of one page, and its scripts and styles as text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.ids: set[str] = set()
        self.text = {"script": "", "style": ""}
        self._inside = ""
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        self.tags.append((tag, values))
        self.ids.update(values[key] for key in ("id", "name") if values.get(key))
        self.text["style"] += values.get("style", "") + "\n"
        self._inside = tag if tag in self.text else ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.text[self._inside] += data

    def resources(self) -> list[str]:
        """Every address from which the page loads something."""
        found = css_addresses(self.text["style"])
        for tag, values in self.tags:
            if tag == "link" and not NAVIGATION & set(values.get("rel", "").lower().split()):
                found.append(values.get("href", ""))
            if tag == "object":
                found.append(values.get("data", ""))
            if tag != "a":
                found += [values[key] for key in ("src", "poster") if key in values]
                found += [part.split()[0] for part in values.get("srcset", "").split(",") if part]
        return found

    def links(self) -> list[str]:
        """Every address to which the page links."""
        return [v["href"] for tag, v in self.tags if tag in ("a", "link") and "href" in v]


Pages = dict[str, Page]  # by address, relative to the site


def css_addresses(css: str) -> list[str]:
    """Return the addresses in url(...) and @import of a stylesheet."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    imports = re.findall(r"@import\s+[\"']([^\"']+)", css)
    return imports + [a.strip("\"' ") for a in re.findall(r"url\(([^)]*)\)", css)]


def is_foreign(address: str) -> bool:
    """Tell whether loading the address needs another host."""
    parts = urlsplit(address)
    return bool(parts.netloc) or parts.scheme in ("http", "https", "ftp", "ws", "wss")


def stale() -> bool:
    """Tell whether the site is missing, or older than something it is made of."""
    built = SITE / "index.html"
    if not built.exists():
        return True
    paths = [p for name in SOURCES for p in [ROOT / name, *(ROOT / name).rglob("*")]]
    files = [p for p in paths if p.is_file() and "__pycache__" not in p.parts]
    return max(p.stat().st_mtime for p in files) > built.stat().st_mtime


@pytest.fixture(scope="session")
def pages() -> Pages:
    """Build the site, once for all the workers of a run, and read its pages."""
    SITE.parent.mkdir(exist_ok=True)
    with open(SITE.parent / "site.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stale():
            env = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
            command = ["make", "--no-print-directory", "site"]
            run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
            assert run.returncode == 0, (run.stdout + run.stderr)[-4000:]
    found = (p for p in sorted(SITE.rglob("*.html")) if "_static" not in p.parts)
    return {p.relative_to(SITE).as_posix(): Page(p) for p in found}


def test_pages_are_the_chapters(pages: Pages) -> None:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    named = set(re.findall(r"'(?:root|file)': '([^']+)'", str(toc)))
    chapters = {f"chapters/{p.stem}" for p in (ROOT / "chapters").glob("*.md")}
    assert named == chapters | {"index"}, "_toc.yml and chapters/ do not name the same pages"
    assert set(pages) == {f"{name}.html" for name in named | {"search"}}


def test_nothing_from_other_hosts(pages: Pages) -> None:
    foreign = [(name, a) for name, page in pages.items() for a in page.resources() if is_foreign(a)]
    for path in SITE.rglob("*.css"):
        for address in css_addresses(path.read_text("utf-8")):
            if is_foreign(address):
                foreign.append((path.relative_to(SITE).as_posix(), address))
    for name, page in pages.items():
        foreign += [(name, a) for a in re.findall(r"https?://[^\"'`\s]+", page.text["script"])]
    assert foreign == []


def test_pages_are_small(pages: Pages) -> None:
    sizes = {name: page.path.stat().st_size for name, page in pages.items()}
    assert {name: size for name, size in sizes.items() if size > MAX_PAGE} == {}


def test_images_have_alternative_text(pages: Pages) -> None:
    bare = [
        (name, values.get("src"))
        for name, page in pages.items()
        for tag, values in page.tags
        if tag == "img" and not values.get("alt", "").strip()
    ]
    assert bare == []


def test_links_lead_somewhere(pages: Pages) -> None:
    dead = []
    for name, page in pages.items():
        for address in page.links() + page.resources():
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
            other = pages.get(os.path.relpath(target, SITE))
            fragment = unquote(parts.fragment)
            if not target.is_file() or (fragment and other and fragment not in other.ids):
                dead.append((name, address))
    assert dead == []


@pytest.fixture(scope="module")
def address(pages: Pages) -> Iterator[str]:
    """Serve the site on this machine."""
    with open_port(SITE, 18_600) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


# Elements that stick out of the screen and in no box that scrolls.
STICKING_OUT = """() => [...document.querySelectorAll('.bd-article-container *')].filter(e => {
    if (e.closest('mjx-assistive-mml, svg') || !e.getClientRects().length) return false;
    if (e.getBoundingClientRect().right <= innerWidth + 1) return false;
    for (let box = e.parentElement; box; box = box.parentElement)
        if (/auto|scroll/.test(getComputedStyle(box).overflowX)) return false;
    return true;
}).map(e => e.outerHTML.slice(0, 120))"""

UNRENDERED = """async () => {
    await MathJax.startup.promise;
    return [...document.querySelectorAll('.math')].filter(e =>
        !e.querySelector('mjx-container svg') || e.querySelector('[data-mml-node=merror]')
    ).map(e => e.textContent.slice(0, 120));
}"""

FIGURE_STYLES = """() => [...document.querySelectorAll('.cell_output img')].map(e => {
    const style = getComputedStyle(e);
    return [style.filter, style.backgroundColor];
})"""

FOCUS_RING = """() => {
    const style = getComputedStyle(document.activeElement);
    return [style.outlineStyle, style.outlineWidth];
}"""

FOCUSED_ANSWER = "document.activeElement.matches('.quiz details > summary')"


def test_site_in_a_browser(pages: Pages, address: str) -> None:
    executable = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if executable is None:
        refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        refuse("no Chromium on this machine (Debian: apt install chromium)")

    requests, troubles = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.route(lambda url: not url.startswith((address, "data:")), lambda r: r.abort())
        context.on("request", lambda request: requests.append(request.url))
        context.on("console", lambda m: m.type == "error" and troubles.append(m.text))
        context.on("weberror", lambda error: troubles.append(str(error.error)))
        context.on("response", lambda r: r.status >= 400 and troubles.append(f"{r.status} {r.url}"))
        quizzes = 0
        for name, page in pages.items():
            tab = context.new_page()
            tab.goto(address + name, wait_until="networkidle")
            if any("math" in values.get("class", "").split() for _, values in page.tags):
                tab.wait_for_selector("mjx-container svg", state="attached", timeout=20_000)
                assert tab.evaluate(UNRENDERED) == [], name
            check_figures(tab)
            if tab.locator(".quiz details").count():
                quizzes += 1
                check_quiz(tab)
            tab.evaluate("() => document.querySelectorAll('details').forEach(e => e.open = true)")
            tab.set_viewport_size({"width": 320, "height": 640})
            assert tab.evaluate("() => document.documentElement.scrollWidth") <= 320, name
            assert tab.evaluate(STICKING_OUT) == [], name
            tab.close()
        browser.close()
    assert quizzes >= 1, "no chapter has a quiz"
    assert [url for url in requests if not url.startswith((address, "data:"))] == []
    assert troubles == []


def check_figures(tab: Tab) -> None:
    """A figure is shown as it is in the light, and with inverted ink on nothing in the dark."""
    for scheme, expected in (("dark", "invert(1) hue-rotate(180deg)"), ("light", "none")):
        tab.emulate_media(color_scheme=scheme)
        tab.wait_for_selector(f"html[data-theme={scheme}]", state="attached")
        styles = tab.evaluate(FIGURE_STYLES)
        assert all(style == [expected, "rgba(0, 0, 0, 0)"] for style in styles), (scheme, styles)


def check_quiz(tab: Tab) -> None:
    """Tab reaches an answer and shows a ring around it; Enter opens it; Space closes it."""
    for _ in range(300):
        tab.keyboard.press("Tab")
        if tab.evaluate(FOCUSED_ANSWER):
            break
    assert tab.evaluate(FOCUSED_ANSWER), "no answer of the quiz can be reached with Tab"
    style, width = tab.evaluate(FOCUS_RING)
    assert style == "solid", "the focused answer shows no ring"
    assert float(width.removesuffix("px")) >= 2
    answer = tab.locator(".quiz details").filter(has=tab.locator("summary:focus"))
    tab.keyboard.press("Enter")
    feedback = answer.locator(".sd-summary-content")
    assert feedback.is_visible()
    assert re.match(r"Right\.|Not quite\.", feedback.inner_text().strip())
    tab.keyboard.press("Space")
    assert not feedback.is_visible()
