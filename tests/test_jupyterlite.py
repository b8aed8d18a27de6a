"""The door to the browser: a link of the book, JupyterLite, a real exercise and its check.

Pyodide itself comes from the npm package and from PyPI, in the place of its CDN. They lack NumPy,
so nothing here needs it: the code with NumPy runs in `test_notebooks.py`, in the same versions.
"""

import contextlib
import fcntl
import hashlib
import json
import mimetypes
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import open_browser, serve
from conftest import ROOT
from jupyterlite_pyodide_kernel.constants import PYODIDE_CDN_URL, PYODIDE_VERSION
from playwright.sync_api import BrowserContext, Locator, Route, expect
from playwright.sync_api import Page as Tab
from test_notebooks import small_book

from _extensions import notebooks
from grading.course import Course

PYODIDE = ROOT / "build" / f"pyodide-{PYODIDE_VERSION}"
KERNEL = ("micropip", "ipython", "jedi")  # what JupyterLite's kernel asks the CDN for
WRONG = """\
def topological_order(inputs, output):
    return list(range(len(inputs)))
"""
RIGHT = """\
def topological_order(inputs, output):
    order = []

    def visit(node):
        for before in inputs[node]:
            visit(before)
        if node not in order:
            order.append(node)

    visit(output)
    return order
"""


def call(*words: str, folder: Path) -> None:
    """Run a program that fetches something; skip where it cannot, but fail where CI=true."""
    refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
    if shutil.which(words[0]) is None:
        refuse(f"no {words[0]} on this machine")
    run = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    if run.returncode:
        refuse(f"{' '.join(words[:3])} …: {run.stderr[-1000:]}")


def wanted(packages: dict[str, dict], *names: str) -> set[str]:
    """Return the names and those of all that they depend on."""
    found, new = set(), set(names)
    while new:
        found |= new
        needed = (name for key in new for name in packages[key]["depends"])
        new = {re.sub(r"[-_.]+", "-", name).lower() for name in needed} - found
    return found


@pytest.fixture(scope="module")
def cdn() -> Path:
    """A folder with what Pyodide's CDN holds, as far as it can be had; kept in build/."""
    PYODIDE.parent.mkdir(exist_ok=True)
    with open(PYODIDE.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (PYODIDE / "whole").exists():
            fetch(PYODIDE)
    return PYODIDE


def fetch(folder: Path) -> None:
    """Fetch Pyodide, and the packages of the kernel in the versions that Pyodide names."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    call("npm", "pack", "--silent", f"pyodide@{PYODIDE_VERSION}", folder=folder)
    with tarfile.open(folder / f"pyodide-{PYODIDE_VERSION}.tgz") as packed:
        for member in filter(tarfile.TarInfo.isfile, packed.getmembers()):
            (folder / Path(member.name).name).write_bytes(packed.extractfile(member).read())
    lock = json.loads((folder / "pyodide-lock.json").read_text())
    names = wanted(lock["packages"], *KERNEL)
    versions = [f"{name}=={lock['packages'][name]['version']}" for name in names]
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps")
    call(*pip, "--python-version=3.14", "--only-binary=:all:", *versions, folder=folder)
    for name in names:  # the CDN has them packed anew, so their sums differ
        entry = lock["packages"][name]
        entry["sha256"] = hashlib.sha256((folder / entry["file_name"]).read_bytes()).hexdigest()
    (folder / "pyodide-lock.json").write_text(json.dumps(lock))
    (folder / "whole").touch()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site below a path, as at GitHub: a chapter, and the real JupyterLite with its notebooks."""
    folder = tmp_path_factory.mktemp("site")
    build = folder / "build"
    Course(ROOT, build).release("chain_rule")
    notebooks.main(build)
    small_book(folder / "book")
    shutil.copytree(folder / "book" / "html", folder / "served" / "course")
    (build / "lite").rename(folder / "served" / "course" / "lite")
    with serve(folder / "served") as address:
        yield f"{address}course/"


@pytest.fixture(scope="module")
def context(cdn: Path) -> Iterator[BrowserContext]:
    """A browser that has `cdn` in the place of Pyodide's own, and no other host."""

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(f"{PYODIDE_CDN_URL}/")
        headers = {"access-control-allow-origin": "*"}
        if (cdn / name).is_file():
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            route.fulfill(path=cdn / name, headers=headers | {"content-type": kind})
        else:
            route.abort()

    with open_browser() as browser:
        context = browser.new_context(service_workers="allow")  # without them the kernel waits
        context.set_default_timeout(120_000)  # JupyterLite is slow where other tests run
        context.route(lambda address: "//127.0.0.1" not in address, answer)
        yield context


def wait_for_kernel(tab: Tab) -> None:
    """Wait until the notebook is there and its kernel idle: a key pressed before may be lost."""
    tab.wait_for_selector(".jp-CodeCell .cm-content", timeout=120_000)
    tab.wait_for_selector(
        ".jp-Notebook-ExecutionIndicator[data-status=idle]", state="attached", timeout=120_000
    )


def open_door(context: BrowserContext, site: str, link: Locator) -> Tab:
    """Press a link of the book and wait until the notebook is there."""
    with context.expect_event("response", lambda r: r.url.startswith(f"{site}lite/")):
        link.click()
    tab = context.pages[-1]
    wait_for_kernel(tab)
    return tab


def run_cell(tab: Tab, cell: Locator) -> str:
    """Run a cell and return what it puts out; press again where the first key came too early."""
    prompt = cell.locator(".jp-InputPrompt")
    before = prompt.inner_text()
    for _ in range(6):
        cell.locator(".cm-content").click()
        tab.keyboard.press("Shift+Enter")
        with contextlib.suppress(AssertionError):
            expect(prompt).not_to_have_text(before, timeout=20_000)
            break
    finished = re.compile(rf"^(?!{re.escape(before)})\[\d+\]")
    expect(prompt).to_have_text(finished, timeout=120_000)
    return cell.locator(".jp-Cell-outputWrapper").inner_text().strip()


def write(tab: Tab, cell: Locator, text: str) -> None:
    """Put another text in the place of a cell's."""
    cell.locator(".cm-content").click()
    tab.keyboard.press("Control+A")
    tab.keyboard.insert_text(text)


class TestDoor:
    def test_an_exercise_and_its_check(self, context: BrowserContext, site: str) -> None:
        requests: list[str] = []
        context.on("request", lambda request: requests.append(request.url))
        book = context.new_page()
        book.goto(f"{site}chapters/chain_rule.html", wait_until="networkidle")
        early = [url for url in requests if "/lite/" in url or not url.startswith(site)]
        assert early == [], "something was loaded before anybody asked for it"

        tab = open_door(context, site, book.locator(".run-it a", has_text="In the browser"))
        task = tab.locator(".jp-CodeCell", has_text="def topological_order").first
        check = tab.locator(".jp-CodeCell", has_text="def assert_order").first
        assert "NotImplementedError" in run_cell(tab, task) + run_cell(tab, check)

        write(tab, task, WRONG)
        assert run_cell(tab, task) == ""
        assert run_cell(tab, check).endswith(
            "AssertionError: the loss of the network: A node is in the list that is not needed."
        )
        write(tab, task, RIGHT)
        assert run_cell(tab, task) == ""
        assert run_cell(tab, check) == ""

        own = ("http://127.0.0.1:", "blob:", "data:")
        elsewhere = {url.rpartition("/")[0] for url in requests if not url.startswith(own)}
        assert elsewhere == {PYODIDE_CDN_URL}

    def test_a_chapter_gets_the_package(self, context: BrowserContext, site: str) -> None:
        """The setup cell finds `solutions` in the site; what it needs besides is Pyodide's own."""
        asked: list[str] = []
        context.on("requestfailed", lambda request: asked.append(request.url))
        tab = context.new_page()
        tab.goto(f"{site}lite/notebooks/index.html?path=chapters/loss.ipynb")
        wait_for_kernel(tab)
        cell = tab.locator(".jp-CodeCell").first
        setup = cell.get_by_text("%pip install -q backpropagation-by-hand-solutions")
        setup.wait_for(timeout=120_000)
        run_cell(tab, cell)
        assert any(url.startswith(f"{PYODIDE_CDN_URL}/numpy-") for url in asked)
        assert any(url.startswith(f"{PYODIDE_CDN_URL}/matplotlib-") for url in asked)
        write(tab, cell, "%pip install -q --no-deps backpropagation-by-hand-solutions")
        assert run_cell(tab, cell) == ""
        write(tab, cell, "import solutions\nprint(solutions.__doc__, 2**10)")
        assert run_cell(tab, cell).endswith("the one source of truth. 1024")


class TestVersions:
    def test_pyodide_is_the_kernels(self) -> None:
        settings = json.loads((notebooks.LITE / "jupyter-lite.json").read_text("utf-8"))
        (kernel,) = settings["jupyter-config-data"]["litePluginSettings"].values()
        assert kernel["pyodideUrl"] == f"{PYODIDE_CDN_URL}/pyodide.mjs"

    @pytest.mark.skipif(
        os.environ.get("VERSIONS", "constraints.txt") != "constraints.txt",
        reason="a run with other versions on purpose",
    )
    def test_the_same_packages_natively(self, cdn: Path) -> None:
        """The native tests run the versions that Pyodide has, and the page names them."""
        lock = json.loads((cdn / "pyodide-lock.json").read_text())
        constraints = (ROOT / "constraints.txt").read_text().splitlines()
        page = (ROOT / "chapters" / "run_it.md").read_text("utf-8")
        assert f"Pyodide {PYODIDE_VERSION}" in page
        for title in ("NumPy", "Matplotlib"):
            version = lock["packages"][title.lower()]["version"]
            assert f"{title.lower()}=={version}" in constraints
            assert f"{title} {version}" in page

    def test_the_servers_types(self) -> None:
        """`course serve` names the types without which a browser refuses modules."""
        kinds = [mimetypes.guess_type(name)[0] for name in ("a.js", "a.mjs", "a.wasm", "a.json")]
        assert kinds == [
            "text/javascript",
            "text/javascript",
            "application/wasm",
            "application/json",
        ]
