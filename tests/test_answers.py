"""Exercises and answers in the built book: numbers that agree, and a copy without answers."""

import ast
import html
import io
import json
import os
import re
import shutil
import subprocess
import textwrap
import zipfile
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from conftest import ROOT, TOPICS
from test_exercises import full, grade

from grading.samples import answers

KINDS = ("reference", "alternative", "advice")
TEXT = {".html", ".ipynb", ".js", ".json", ".md", ".py", ".txt"}
SHORTEST = 24  # characters of code that are too many to agree by chance


class Secret(NamedTuple):
    """A piece of text that a teacher's copy must not hold, without white space."""

    topic: str
    task: str
    kind: str
    text: str


def squeezed(text: str) -> str:
    """Return text or code without white space and comments."""
    return re.sub(r"\s+", "", re.sub(r"# .*", "", text))


def pieces(function: str) -> Iterator[str]:
    """Yield each two consecutive lines of a function's body, or its one line, squeezed."""
    (definition,) = ast.parse(function).body
    body = definition.body[1:] if ast.get_docstring(definition) else definition.body
    lines = [squeezed(line) for line in function.splitlines()[body[0].lineno - 1 :]]
    lines = [line for line in lines if line]
    yield from map("".join, pairwise(lines)) if len(lines) > 1 else lines


def functions(path: Path) -> Iterator[tuple[str, str]]:
    """Yield name and source of the functions in a module, and the class and source of methods."""
    text = path.read_text("utf-8")
    for node in ast.parse(text).body:
        for function in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(function, ast.FunctionDef):
                lines = text.splitlines()[function.lineno - 1 : function.end_lineno]
                yield node.name, textwrap.dedent("\n".join(lines))


def numbered() -> list[dict]:
    """Return the parts of the table of contents that hold the chapters proper."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    return [part for part in toc["parts"] if part.get("numbered")]


@cache
def taught() -> str:
    """Return what students are given openly: the chapters, and the exercises as released."""
    files = [ROOT / f"{page['file']}.md" for part in numbered() for page in part["chapters"]]
    texts = [path.read_text("utf-8") for path in files]
    for path in (ROOT / "exercises").glob("*.md"):
        hidden = r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS"
        texts.append(re.sub(hidden, "", path.read_text("utf-8"), flags=re.S))
    return squeezed("\n".join(texts))


@cache
def secrets() -> list[Secret]:
    """Return what gives away an answer to a task and is not taught openly."""
    found = []
    for topic in TOPICS:
        exercises = ROOT / "exercises"
        for kind, path in (
            ("reference", ROOT / "solutions" / f"{topic}.py"),
            ("alternative", exercises / "alternatives" / f"{topic}.py"),
        ):
            for task, source in functions(path):
                if task in full(topic):
                    for form in (source, ast.unparse(ast.parse(source))):
                        found += [Secret(topic, task, kind, piece) for piece in pieces(form)]
        for answer in answers(exercises / "misconceptions" / f"{topic}.py"):
            advice = squeezed(re.sub(r" \(E\d+\)$", "", answer.doc))
            found.append(Secret(topic, answer.task, "advice", advice.replace("`", "")))
    return [s for s in set(found) if len(s.text) >= SHORTEST and s.text not in taught()]


def strings(value: object) -> Iterator[str]:
    """Yield the strings in the value of a JSON file."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings(part)


def texts(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    """Yield name and text of a file and, if it is an archive, of the files in it."""
    suffix = Path(name).suffix
    if suffix in {".zip", ".whl"}:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from texts(f"{name}/{member}", archive.read(member))
    elif suffix in TEXT:
        text = content.decode("utf-8", "replace")
        if suffix == ".html":
            text = html.unescape(re.sub(r"<[^>]*>", "", text))
        elif suffix in {".ipynb", ".json"}:
            text = "\n".join(strings(json.loads(text)))
        elif suffix == ".js":
            text = text.replace(r"\n", "\n").replace(r"\"", '"')
        yield name, text


def leaks(site: Path) -> set[tuple[str, str, str, str]]:
    """Return file, topic, task and kind of every answer that a folder gives away."""
    found = set()
    for path in filter(Path.is_file, site.rglob("*")):
        for name, text in texts(path.relative_to(site).as_posix(), path.read_bytes()):
            text = squeezed(text)
            found |= {(name, *secret[:3]) for secret in secrets() if secret.text in text}
    return found


def build(book: Path, setting: str) -> subprocess.CompletedProcess:
    """Build the small book, as the Makefile does, with a value of COURSE_SOLUTIONS."""
    command = ["jupyter-book", "build", book, "--path-output", book / "out", "-n", "--keep-going"]
    environment = os.environ | {"COURSE_SOLUTIONS": setting, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book of the numbered chapters, which are not run, and of the answers."""
    book = tmp_path_factory.mktemp("book")
    for name in ("_extensions", "_static", "chapters", "exercises", "figures", "solutions"):
        shutil.copytree(ROOT / name, book / name, ignore=shutil.ignore_patterns("__*__"))
    for bibliography in ROOT.glob("*.bib"):
        shutil.copy(bibliography, book)
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    config["execute"]["execute_notebooks"] = "off"
    (book / "_config.yml").write_text(yaml.safe_dump(config))
    pages = [{"file": f"solutions/{topic}"} for topic in TOPICS]
    toc = {"format": "jb-book", "root": "index", "parts": [*numbered(), {"chapters": pages}]}
    (book / "_toc.yml").write_text(yaml.safe_dump(toc))
    names = ["loss.hubris", *(f"{topic}.{task}" for topic in TOPICS for task in full(topic))]
    links = "\n".join(f"- {{exercise}}`{name}`" for name in names)
    (book / "index.md").write_text(f"# Links\n\n{links}\n")
    return book


class Site(NamedTuple):
    """A built book, and what the build said."""

    folder: Path
    said: str

    def page(self, name: str) -> str:
        return (self.folder / f"{name}.html").read_text("utf-8")


@pytest.fixture(scope="module")
def sites(book: Path) -> dict[str, Site]:
    """The book as readers get it, and then, from the same folder, the teacher's copy."""
    sites = {}
    for setting in ("", "hidden"):
        result = build(book, setting)
        assert result.returncode == 0, (result.stdout + result.stderr)[-3000:]
        folder = book.with_name(f"{book.name}-{setting or 'open'}")
        shutil.copytree(book / "out/_build/html", folder)
        sites[setting or "open"] = Site(folder, result.stderr)
    return sites


def plain(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", markup)).split())


def sections(page: str) -> dict[str, str]:
    """Return the sections of a page, by id."""
    return dict(re.findall(r'<section id="([^"]+)">(.*?)(?=<section |</article>)', page, re.S))


def code_in(markup: str) -> list[str]:
    """Return the blocks of code in a piece of a page."""
    blocks = re.findall(r"<pre>(.*?)</pre>", markup, re.S)
    return [html.unescape(re.sub(r"<[^>]*>", "", block)) for block in blocks]


@pytest.mark.parametrize("topic", TOPICS)
def test_numbers_agree(topic: str, sites: dict[str, Site]) -> None:
    site = sites["open"]
    chapter = site.page(f"chapters/{topic}")
    (number,) = re.findall(r'<h1><span class="section-number">(\d+)\. </span>', chapter)
    listed = re.findall(r'<li id="(exercise-[^"]+)">(.*?)</li>', chapter, re.S)
    headings = re.findall(
        r'<section id="answer-[^"]+">\s*<h2>(Exercise .*?)<a ', site.page(f"solutions/{topic}")
    )
    links = dict(
        re.findall(
            rf'href="chapters/{topic}.html#([^"]+)"><span[^>]*>(.*?)</span>', site.page("index")
        )
    )

    assert [plain(text) for _, text in listed] == [plain(text) for text in headings]
    numbers = [f"Exercise {number}.{k + 1}" for k in range(len(full(topic)))]
    assert [plain(text).split(":")[0] for _, text in listed] == numbers
    assert [links[name] for name, _ in listed] == numbers
    points = [int(p) for p in re.findall(r"\((\d+) points?\)", " ".join(map(plain, headings)))]
    assert points == list(full(topic).values())


@pytest.mark.parametrize("topic", TOPICS)
def test_code_on_the_page_gets_full_marks(topic: str, sites: dict[str, Site]) -> None:
    """Nothing is missing: the references as shown, after the functions as shown, are an answer."""
    page, name = sections(sites["open"].page(f"solutions/{topic}")), topic.replace("_", "-")
    imports = [
        ast.unparse(node)
        for path in (ROOT / "solutions").glob("*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.Import)
        or (isinstance(node, ast.ImportFrom) and not node.module.startswith("solutions"))
    ]
    shown = {task: code_in(page[f"answer-{name}-{task.replace('_', '-')}"]) for task in full(topic)}
    assert all(len(blocks) == 3 for blocks in shown.values())
    parts = [
        *imports,
        *code_in(page[f"answer-{name}-used"]),
        *(blocks[0] for blocks in shown.values()),
    ]
    empty = dict.fromkeys(full(topic), "")
    first = next(iter(full(topic)))
    assert grade(topic, empty | {first: "\n".join(parts)}).points == full(topic)
    for task, blocks in shown.items():
        for other in blocks[1:]:
            assert grade(topic, {task: other}).points == full(topic)


@pytest.mark.parametrize("topic", TOPICS)
def test_page_of_answers(topic: str, sites: dict[str, Site]) -> None:
    page = sites["open"].page(f"solutions/{topic}")
    assert "Try first" in page
    assert page.count('<details class="sd-') == 2 * len(full(topic)) + 1
    assert "<details open" not in page
    assert ' open="open"' not in page
    headings = re.findall(r"<h(\d)[^>]*>[^<]*<a ", page)
    assert headings == ["1", *["2"] * (len(full(topic)) + 1)]
    assert len(page.encode()) < 150_000
    assert f'href="../solutions/{topic}.html"' in sites["open"].page(f"chapters/{topic}")


def test_the_scan_finds_every_answer_where_it_is_shown(sites: dict[str, Site]) -> None:
    expected = {
        (f"solutions/{topic}.html", topic, task, kind)
        for topic in TOPICS
        for task in full(topic)
        for kind in KINDS
    }
    assert leaks(sites["open"].folder) >= expected


def test_teachers_copy_holds_no_answer(sites: dict[str, Site]) -> None:
    site = sites["hidden"]
    assert leaks(site.folder) == set()
    for topic in TOPICS:
        page = site.page(f"solutions/{topic}")
        assert "the teacher keeps the answers" in page
        assert "<details" not in page
        assert plain(site.page(f"chapters/{topic}")).count("Exercise ") >= len(full(topic))


@pytest.mark.parametrize("folder", ["chapters", "figures"])
def test_no_other_page_gives_an_answer_away(folder: str) -> None:
    assert leaks(ROOT / folder) == set()


@pytest.mark.parametrize("name", ["a.whl", "a.zip", "a.ipynb", "a.py", "a.md", "a.js", "a.html"])
def test_the_scan_looks_into_every_kind_of_file(name: str, tmp_path: Path) -> None:
    source = (ROOT / "solutions" / "loss.py").read_text("utf-8")
    if name.endswith((".whl", ".zip")):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("solutions/loss.py", source)
    else:
        lines = source.splitlines(keepends=True)
        text = {
            "a.ipynb": json.dumps({"cells": [{"source": lines}]}),
            "a.html": f"<pre>{html.escape(source).replace('return', '<b>return</b>')}</pre>",
            "a.js": f"x = {json.dumps({'source': source})}",
        }.get(name, source)
        (tmp_path / name).write_text(text)
    assert {task for _, topic, task, _ in leaks(tmp_path) if topic == "loss"} == full("loss").keys()


def test_an_unknown_setting_is_refused(book: Path) -> None:
    result = build(book, "x")
    assert result.returncode != 0
    assert "COURSE_SOLUTIONS is 'x'; expected: hidden, or not set" in result.stdout + result.stderr


def test_an_unknown_exercise_is_a_warning(sites: dict[str, Site]) -> None:
    assert sites["open"].said.count("there is no exercise") == 1
    assert "index.md:3: WARNING: there is no exercise 'loss.hubris'" in sites["open"].said
