"""The chapters and exercises as notebooks: complete, alone, and offered on the pages."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import jupytext
import nbformat
import pytest
from conftest import ROOT, TOPICS, Run
from jupyter_book.config import yaml_to_sphinx
from nbclient import NotebookClient

from _extensions import notebooks
from grading.course import Course
from grading.samples import filled_in, reference_answers, tasks_of

REPOSITORY = "https://github.com/org/course"
PAGE = """\
---
kernelspec:
  name: python3
---

# A chapter

## Exercises

{download}`the exercise notebook and its checks <../build/download/chain_rule.zip>`

## Going further
"""


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The archive of every topic, from the real release."""
    course = Course(ROOT, tmp_path_factory.mktemp("build"))
    for topic in course.topics:
        course.release(topic)
    return sorted(course.build.glob("download/*.zip"))


@pytest.fixture(scope="module")
def written(archives: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All notebooks, for a course whose repository has no address."""
    folder = tmp_path_factory.mktemp("notebooks")
    notebooks.write(folder, archives)
    return folder


def small_book(folder: Path, **options: object) -> str:
    """Build a book of one chapter with the real theme and extension; return the chapter's page."""
    (folder / "chapters").mkdir(parents=True)
    (folder / "build" / "download").mkdir(parents=True)
    (folder / "build" / "download" / "chain_rule.zip").touch()
    (folder / "chapters" / "chain_rule.md").write_text(PAGE)
    (folder / "index.md").write_text("# A book\n\n```{toctree}\nchapters/chain_rule\n```\n")
    extensions = ["notebooks", "myst_parser", "sphinx_book_theme"]
    settings = {"extensions": extensions, "html_theme": "sphinx_book_theme"}
    settings |= {"html_copy_source": False, "html_theme_options": options}
    lines = [f"import sys; sys.path.insert(0, {str(ROOT / '_extensions')!r})"]
    lines += [f"{key} = {value!r}" for key, value in settings.items()]
    (folder / "conf.py").write_text("\n".join(lines))
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-b",
        "html",
        str(folder),
        str(folder / "html"),
    ]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    return (folder / "html" / "chapters" / "chain_rule.html").read_text("utf-8")


def code_of(nb: nbformat.NotebookNode) -> list[str]:
    """Return the code cells of a notebook."""
    return [cell.source for cell in nb.cells if cell.cell_type == "code"]


class TestLinks:
    def test_without_an_address(self, tmp_path: Path) -> None:
        page = small_book(tmp_path, repository_url="", launch_buttons={"jupyterhub_url": ""})
        menu, links = page.split('class="run-it', 1)
        assert 'href="../lite/notebooks/index.html?path=chapters/chain_rule.ipynb"' in menu
        assert 'href="../lite/files/chapters/chain_rule.ipynb"' in menu
        assert 'href="../lite/notebooks/index.html?path=exercises/chain_rule.ipynb"' in links
        assert 'href="../lite/files/exercises/chain_rule.ipynb"' in links
        for service in ("Colab", "Binder", "JupyterHub"):
            assert service not in page

    def test_with_an_address(self, tmp_path: Path) -> None:
        hub = {"jupyterhub_url": "https://hub.example.edu/"}
        page = small_book(tmp_path, repository_url=REPOSITORY, launch_buttons=hub)
        for kind in ("chapters", "exercises"):
            for _, address in notebooks.launchers(
                f"{kind}/chain_rule.ipynb", REPOSITORY, hub["jupyterhub_url"]
            ):
                assert page.count(f'href="{address.replace("&", "&amp;")}"') == 1
        assert page.count("JupyterHub") == 2, "the theme adds a button of its own"

    def test_a_teachers_book_offers_no_chapters(self, monkeypatch: pytest.MonkeyPatch) -> None:
        builder = SimpleNamespace(get_target_uri=lambda page: f"{page}.html")
        config = SimpleNamespace(notebooks_repository="", notebooks_hub="")
        app = SimpleNamespace(srcdir=ROOT, builder=builder, config=config)
        context: dict = {"header_buttons": []}
        notebooks.add_menu(app, "chapters/loss", "page.html", context, object())
        assert len(context["header_buttons"]) == 1
        monkeypatch.setenv("COURSE_SOLUTIONS", "hidden")
        notebooks.add_menu(app, "chapters/loss", "page.html", context, object())
        assert len(context["header_buttons"]) == 1

    def test_launchers(self) -> None:
        hub = "https://hub.example.edu/"
        assert notebooks.launchers("a/b.ipynb") == []
        assert notebooks.launchers("a/b.ipynb", "", hub) == []
        assert [name for name, _ in notebooks.launchers("a/b.ipynb", REPOSITORY)] == [
            "Colab",
            "Binder",
        ]
        assert dict(notebooks.launchers("a/b.ipynb", REPOSITORY + ".git", hub)) == {
            "Colab": "https://colab.research.google.com/github/org/course/blob/notebooks/a/b.ipynb",
            "Binder": "https://mybinder.org/v2/gh/org/course/notebooks?labpath=a/b.ipynb",
            "JupyterHub": "https://hub.example.edu/hub/user-redirect/git-pull?repo="
            "https%3A%2F%2Fgithub.com%2Forg%2Fcourse.git&branch=notebooks"
            "&urlpath=lab%2Ftree%2Fcourse%2Fa%2Fb.ipynb",
        }

    def test_another_host_has_no_colab(self) -> None:
        elsewhere = "https://gitlab.example.edu/org/course"
        assert notebooks.launchers("a/b.ipynb", elsewhere) == []
        found = notebooks.launchers("a/b.ipynb", elsewhere, "https://hub.example.edu")
        assert [name for name, _ in found] == ["JupyterHub"]

    def test_jupyter_book_hands_the_settings_on(self) -> None:
        """The extension finds the two addresses of _config.yml where it looks for them."""
        settings = {"repository": {"url": REPOSITORY}}
        settings["launch_buttons"] = {"jupyterhub_url": "https://hub.example.edu"}
        options = yaml_to_sphinx(settings)[0]["html_theme_options"]
        assert options["repository_url"] == REPOSITORY
        assert options["launch_buttons"]["jupyterhub_url"] == "https://hub.example.edu"


class TestExercises:
    @pytest.mark.parametrize("topic", TOPICS)
    def test_runs_alone(self, topic: str, written: Path, tmp_path: Path) -> None:
        """Filled in, its checks pass in an empty folder, where `solutions` cannot be had."""
        nb = nbformat.read(written / "exercises" / f"{topic}.ipynb", 4)
        nbformat.validate(nb)
        nb = filled_in(nb, reference_answers(topic, tasks_of(nb)))
        (tmp_path / "solutions.py").write_text("raise ImportError('not for students')")
        (tmp_path / "work.py").write_text("\n\n".join(code_of(nb)))
        command = [sys.executable, "work.py"]
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        assert (tmp_path / "checks.py").read_text() == (ROOT / "exercises/checks.py").read_text()

    def test_checks_that_lie_beside_it_stay(self, written: Path, tmp_path: Path) -> None:
        (tmp_path / "checks.py").write_text("mine = True")
        setup = code_of(nbformat.read(written / "exercises" / "loss.ipynb", 4))[0]
        (tmp_path / "work.py").write_text(setup)
        subprocess.run([sys.executable, "work.py"], cwd=tmp_path, check=True)
        assert (tmp_path / "checks.py").read_text() == "mine = True"

    def test_handed_in_it_gets_full_marks(
        self, box: None, written: Path, course_folder: Path, run: Run
    ) -> None:
        assert run("release", "loss")[0] == 0
        nb = nbformat.read(written / "exercises" / "loss.ipynb", 4)
        nb = filled_in(nb, reference_answers("loss", tasks_of(nb)))
        work = course_folder / "build" / "submitted" / "ada" / "loss"
        work.mkdir(parents=True)
        nbformat.write(nb, work / "loss.ipynb")
        status, out, err = run("grade", "loss", "--json")
        assert status == 0, err
        assert [row["score"] for row in json.loads(out)] == [20]


class TestChapters:
    def test_all_the_code_and_no_more(self, written: Path) -> None:
        """A chapter's notebook has its code, after one cell that gets what it needs."""
        for path in notebooks.chapters():
            nb = nbformat.read(written / "chapters" / f"{path.stem}.ipynb", 4)
            nbformat.validate(nb)
            source = jupytext.reads(path.read_text("utf-8"), fmt="md:myst")
            assert code_of(nb)[1:] == code_of(source)
            assert code_of(nb)[0].startswith("import sys")

    def test_nothing_is_left_of_myst(self, written: Path) -> None:
        marks = re.compile(r":::|\{[a-z:-]+\}`|^```\{|^\([\w-]+\)=$|\]\([\w/.]*\.md|\$\$ \(", re.M)
        left = [
            (path.stem, cell.source[found.start() :][:60])
            for path in sorted(written.rglob("*.ipynb"))
            for cell in nbformat.read(path, 4).cells
            if cell.cell_type == "markdown" and (found := marks.search(cell.source))
        ]
        assert left == []

    def test_plain(self) -> None:
        text = """\
(here)=
## A title

```{tasks}
```
::::{card} Which?
:class-card: quiz

:::{dropdown} The `first`
Right. See {eq}`eq-a` and {eq}`eq-b`, {doc}`/chapters/loss`, [](loss.md), [there](loss.md#x),
[answers](../solutions/loss.md), {eval}`rate`, {term}`a word <word>`,
{exercise}`loss.huber`, {cite:t}`linnainmaa1970`.
:::
::::
$$
a[i](x) = 1
$$ (eq-a)"""
        wanted = r"""## A title

**Which?**

<details><summary>The <code>first</code></summary>

Right. See (2.1) and an equation of the book, loss, [loss](loss.ipynb), [there](loss.ipynb),
answers, `rate`, a word,
exercise `huber`, Linnainmaa 1970.

</details>

$$
a[i](x) = 1
\tag{2.1} $$"""
        assert notebooks.plain(text, {"eq-a": "2.1"}, {"loss"}) == wanted

    def test_runs_with_the_wheel(self, written: Path, tmp_path: Path) -> None:
        """A chapter runs in Jupyter with what the wheel holds, and nothing else of the course."""
        (wheel,) = written.glob("*.whl")
        assert wheel.name == notebooks.package()[1]
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(tmp_path)
        nb = nbformat.read(written / "chapters" / "loss.ipynb", 4)
        nb.cells.append(nbformat.v4.new_code_cell("print(solutions.__file__)"))
        NotebookClient(nb, resources={"metadata": {"path": str(tmp_path)}}).execute()
        assert nb.cells[-1].outputs[0].text.strip() == str(tmp_path / "solutions" / "__init__.py")

    @pytest.mark.parametrize(
        ("repository", "source"),
        [
            ("", "./"),
            ("https://gitlab.example.edu/org/course", "./"),
            (REPOSITORY, "https://raw.githubusercontent.com/org/course/notebooks/"),
        ],
    )
    def test_from_where_it_gets_the_wheel(self, repository: str, source: str) -> None:
        nb = notebooks.chapter_notebook(ROOT / "chapters" / "loss.md", repository)
        wheel = notebooks.package()[1]
        assert f"%pip install -q {source}{wheel}\n" in code_of(nb)[0] + "\n"
        text = "".join(cell.source for cell in nb.cells if cell.id == "setup-text")
        assert (wheel in text) == (source == "./")

    def test_a_teachers_build_has_none(
        self, archives: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COURSE_SOLUTIONS", "hidden")
        notebooks.write(tmp_path / "new", archives)
        found = [p.relative_to(tmp_path / "new").as_posix() for p in tmp_path.rglob("*.*")]
        assert sorted(found) == [f"exercises/{topic}.ipynb" for topic in TOPICS]
