"""Chapters and exercises as notebooks: made here, built into JupyterLite, offered on the pages.

`python _extensions/notebooks.py build` writes them into `build/notebooks/`, each in plain Markdown
and with a cell that gets what it needs, and builds `build/lite/`, where they open in the browser.
Both lie in the site below `lite/`. As an extension of Sphinx, this module puts a menu at the top of
each chapter, and links below the download in its section Exercises.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from html import escape
from pathlib import Path
from shutil import copytree, rmtree
from urllib.parse import quote, urlencode, urlsplit

import jupytext
import nbformat
import yaml
from docutils import nodes
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from sphinx.addnodes import download_reference
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole
from sphinx.util.osutil import relative_uri

ROOT = Path(__file__).resolve().parent.parent
LITE = ROOT / "_lite"
BRANCH = "notebooks"  # .github/workflows/pages.yml pushes build/notebooks there

NEEDS = """\
**This notebook needs** NumPy, Matplotlib and `solutions`, a small package of this course with its
functions, its data and the style of its figures. The next cell gets what is missing."""
FROM_SITE = """
In the browser there is nothing else to do. Elsewhere, lay the file `{wheel}` beside this notebook
first; the page "Run it yourself" of the book has it."""
FOLDED = {"jupyter": {"source_hidden": True}}
EQUATION = re.compile(r"^\$\$ \(([\w-]+)\)", re.M)
GET_SOLUTIONS = """\
import sys

try:
    import solutions
except ImportError:
    if sys.platform == "emscripten":  # in the browser
        %pip install -q {name}
    else:
        %pip install -q {source}"""
CHECKS = """\
**Run the next cell first.** It is folded. It writes the checks of this notebook into a file
`checks.py`, unless there is one already."""
GET_CHECKS = """\
import importlib.util
from pathlib import Path

if importlib.util.find_spec("checks") is None:
    Path("checks.py").write_text(
        r'''{checks}''',
        encoding="utf-8",
    )
    importlib.invalidate_caches()"""


def hidden() -> bool:
    """Tell whether this is a teacher's build, which holds no reference solution."""
    return os.environ.get("COURSE_SOLUTIONS") == "hidden"


def is_notebook(path: Path) -> bool:
    """Tell whether a page of the book is a chapter with code to run."""
    return path.parent.name == "chapters" and "\nkernelspec:\n" in path.read_text("utf-8")


def chapters() -> list[Path]:
    """Return the pages that become notebooks: all chapters with code, none in a teacher's build."""
    return [] if hidden() else sorted(filter(is_notebook, (ROOT / "chapters").glob("*.md")))


def equation_numbers() -> dict[str, str]:
    """Return the number of each labelled equation of the book, such as "2.9"."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    pages = [
        page["file"] for part in toc["parts"] if part.get("numbered") for page in part["chapters"]
    ]
    numbers = {}
    for chapter, page in enumerate(pages, 1):
        labels = EQUATION.findall((ROOT / f"{page}.md").read_text("utf-8"))
        numbers |= {label: f"{chapter}.{place}" for place, label in enumerate(labels, 1)}
    return numbers


def plain(text: str, numbers: dict[str, str], others: set[str]) -> str:
    """Return a cell's MyST in the Markdown that every Jupyter understands.

    `numbers` are those of the equations, `others` names the other notebooks of the folder.
    """

    def equation(match: re.Match) -> str:
        return rf"\tag{{{numbers[match[1]]}}} $$" if match[1] in numbers else "$$"

    def role(match: re.Match) -> str:
        name, content = match.groups()
        title, _, target = content.partition(" <")
        if name == "eval":
            return f"`{content}`"
        if name == "eq":
            return f"({numbers[content]})" if content in numbers else "an equation of the book"
        if name == "exercise" and not target:
            return f"exercise `{content.rpartition('.')[2]}`"
        if name.startswith("cite"):
            return re.sub(r"([a-z]+)(\d+)", lambda key: f"{key[1].title()} {key[2]}", content)
        return title if target else title.rpartition("/")[2].replace("_", " ")

    def link(match: re.Match) -> str:
        title, folder, page = match.groups()
        title = title or page.replace("_", " ")
        here = page in others and folder in ("", "../chapters/")
        return f"[{title}]({page}.ipynb)" if here else title

    text = re.sub(r"^```\{.*?^```$", "", text, flags=re.M | re.S)  # directives of the book
    text = re.sub(r"^\([\w-]+\)=$", "", text, flags=re.M)  # targets of its links
    text = EQUATION.sub(equation, text)
    text = re.sub(r"\{([a-z:]+)\}`([^`]+)`", role, text)
    text = re.sub(r"\[([^]]*)\]\(((?:[\w.]+/)*)(\w*)(?:\.md(?:#[\w-]+)?|#[\w-]+)\)", link, text)
    return boxes(text).strip()


def boxes(text: str) -> str:
    """Return the text with boxes `:::` as bold titles, and those that open as HTML that opens."""
    lines, ends, inside = [], [], False
    for line in text.splitlines():
        opening = re.match(r":{3,}\{([\w-]+)\} ?(.*)", line)
        if opening:
            kind, title = opening.groups()
            folds = kind == "dropdown"
            title = re.sub("`([^`]+)`", r"<code>\1</code>", title) if folds else title
            lines += [f"<details><summary>{title}</summary>" if folds else f"**{title}**", ""]
            ends.append(["", "</details>", ""] if folds else [""])
        elif re.fullmatch(":{3,}", line) and ends:
            lines += ends.pop()
        elif not (inside and re.match(r":[\w-]+:", line)):
            lines.append(line)
        inside = bool(opening) or (inside and bool(re.match(r":[\w-]+:", line)))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def package() -> tuple[str, str]:
    """Return the name of the package of `solutions`, and that of its wheel."""
    project = tomllib.loads((LITE / "pyproject.toml").read_text("utf-8"))["project"]
    name, version = project["name"], project["version"]
    return name, f"{name.replace('-', '_')}-{version}-py3-none-any.whl"


def put_first(nb: NotebookNode, *cells: NotebookNode) -> NotebookNode:
    """Put cells before the first code cell."""
    place = [cell.cell_type for cell in nb.cells].index("code")
    nb.cells[place:place] = cells
    return nb


def chapter_notebook(path: Path, repository: str = "") -> NotebookNode:
    """Return a chapter as a notebook that gets `solutions` from `repository`, if there is one."""
    nb = jupytext.reads(path.read_text("utf-8"), fmt="md:myst")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nb.metadata = NotebookNode(kernelspec=kernel, language_info={"name": "python"})
    nb.nbformat, nb.nbformat_minor = 4, 5
    numbers, names = equation_numbers(), {page.stem for page in chapters()}
    for index, cell in enumerate(nb.cells):
        cell.id = f"cell-{index}"
        folded = {"hide-input", "hide-cell", "remove-input"} & {*cell.metadata.get("tags", [])}
        cell.metadata = NotebookNode(FOLDED if folded else {})
        if cell.cell_type == "markdown":
            cell.source = plain(cell.source, numbers, names)
    name, wheel = package()
    owner = github(repository)
    branch = f"https://raw.githubusercontent.com/{owner}/{BRANCH}/"
    needs = NEEDS if owner else NEEDS + FROM_SITE.format(wheel=wheel)
    code = GET_SOLUTIONS.format(name=name, source=f"{branch if owner else './'}{wheel}")
    return put_first(nb, new_markdown_cell(needs, id="setup-text"), new_code_cell(code, id="setup"))


def exercise_notebook(archive: Path) -> NotebookNode:
    """Return the notebook in a released archive, with the checks in its first code cell."""
    with zipfile.ZipFile(archive) as packed:
        text = packed.read(f"{archive.stem}/{archive.stem}.ipynb").decode("utf-8")
        checks = packed.read(f"{archive.stem}/checks.py").decode("utf-8")
    if "'''" in checks:
        raise ValueError("checks.py must not hold ''', in which the notebooks quote it")
    nb = nbformat.reads(text, as_version=4)
    return put_first(
        nb,
        new_markdown_cell(CHECKS, id="setup-text"),
        new_code_cell(GET_CHECKS.format(checks=checks), id="setup", metadata=FOLDED),
    )


def write(folder: Path, archives: list[Path], repository: str = "") -> None:
    """Write the notebooks and the wheel of `solutions` into a new folder."""
    rmtree(folder, ignore_errors=True)
    for name in ("chapters", "exercises"):
        (folder / name).mkdir(parents=True)
    for archive in archives:
        nbformat.write(exercise_notebook(archive), folder / "exercises" / f"{archive.stem}.ipynb")
    for path in chapters():
        nbformat.write(chapter_notebook(path, repository), folder / f"chapters/{path.stem}.ipynb")
    if not hidden():
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
        subprocess.run(command, cwd=LITE, check=True, capture_output=True)
        (folder / "requirements.txt").write_text(f"./{package()[1]}\n")  # for Binder


def build_lite(folder: Path) -> None:
    """Build `folder`/lite from `folder`/notebooks. Built anew, or JupyterLite loses notebooks."""
    work, site = folder / "jupyterlite", folder / "lite"
    for old in (work, site):
        rmtree(old, ignore_errors=True)
    copytree(LITE, work)  # JupyterLite leaves files of its own there
    kernel = "share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension"
    options = {
        "output_dir": str(site),
        "cache_dir": "cache",
        "apps": ["notebooks", "tree"],
        "contents": [str(folder / "notebooks")],
        "extra_ignore_contents": [r"\.whl$", r"/requirements\.txt$"],
        "ignore_sys_prefix": ["federated_extensions"],  # the teacher's own, such as nbgrader's
        "federated_extensions": [str(Path(sys.prefix, kernel))],
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
    }
    wheels = [str(folder / "notebooks"), str(Path(sys.prefix, "wheels"))]
    config = {"LiteBuildConfig": options, "PipliteAddon": {"piplite_urls": wheels}}
    (work / "jupyter_lite_config.json").write_text(json.dumps(config), "utf-8")
    command = [sys.executable, "-m", "jupyterlite_core", "build"]
    run = subprocess.run(command, cwd=work, capture_output=True, text=True)
    if run.returncode:
        sys.exit(run.stdout + run.stderr)


def github(repository: str) -> str:
    """Return owner/name of a repository at GitHub, or ""."""
    parts = urlsplit(repository)
    return parts.path.strip("/").removesuffix(".git") if parts.hostname == "github.com" else ""


def launchers(notebook: str, repository: str = "", hub: str = "") -> list[tuple[str, str]]:
    """Return name and address of each service that opens a notebook of the repository.

    There is none without the address of a repository; `hub` is that of a JupyterHub with
    nbgitpuller.
    """
    name, path = github(repository), quote(notebook)
    found = []
    if name:
        colab = f"https://colab.research.google.com/github/{name}/blob/{BRANCH}/{path}"
        found.append(("Colab", colab))
        found.append(("Binder", f"https://mybinder.org/v2/gh/{name}/{BRANCH}?labpath={path}"))
    if repository and hub:
        folder = repository.rstrip("/").rpartition("/")[2].removesuffix(".git")
        query = {"repo": repository, "branch": BRANCH, "urlpath": f"lab/tree/{folder}/{path}"}
        address = f"{hub.rstrip('/')}/hub/user-redirect/git-pull?{urlencode(query)}"
        found.append(("JupyterHub", address))
    return found


def ways(app: Sphinx, page: str, notebook: str) -> list[tuple[str, str]]:
    """Return name and address of each way to run a notebook, seen from `page`."""
    here = app.builder.get_target_uri(page)
    lite = relative_uri(here, "lite/notebooks/index.html")
    return [
        ("In the browser", f"{lite}?path={quote(notebook)}"),
        ("Download .ipynb", relative_uri(here, f"lite/files/{quote(notebook)}")),
        *launchers(notebook, app.config.notebooks_repository, app.config.notebooks_hub),
    ]


def add_menu(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: object) -> None:
    """Put a menu with the ways to run it at the top of a chapter."""
    source = Path(app.srcdir, f"{pagename}.md")
    if hidden() or not doctree or not is_notebook(source):
        return
    links = [
        {"type": "link", "text": name, "url": escape(address)}
        for name, address in ways(app, pagename, f"{pagename}.ipynb")
    ]
    menu = {"type": "group", "icon": "fa-solid fa-download", "buttons": links}
    context["header_buttons"].append(
        menu | {"tooltip": "Run or download this chapter", "label": "run-buttons"}
    )


def add_links(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the ways to run an exercise below the link to its archive."""
    if app.builder.name != "html":  # on paper there is nothing to download
        for download in [*doctree.findall(download_reference)]:
            download.replace_self(nodes.Text(download.astext()))
        return
    for download in doctree.findall(download_reference):
        topic = re.fullmatch(r".*build/download/(\w+)\.zip", download["reftarget"])
        if not topic or not docname.startswith("chapters/"):
            continue
        words = nodes.paragraph("", "Or take the notebook alone, with the checks inside it:")
        items = nodes.bullet_list(classes=["run-it"])
        for name, address in ways(app, docname, f"exercises/{topic[1]}.ipynb"):
            link = nodes.reference(name, name, refuri=address, internal=True)
            items += nodes.list_item("", nodes.paragraph("", "", link))
        section = download.parent.parent
        place = section.index(download.parent) + 1
        section[place:place] = [words, items]


class LiteRole(SphinxRole):
    """A link to a file of JupyterLite: {lite}`title <path>`, or {lite}`wheel` for `solutions`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        title, _, path = self.text.removesuffix(">").partition(" <")
        if title == "wheel":
            title = package()[1]
            path = "" if hidden() else f"pypi/{title}"
        builder = self.env.app.builder
        if builder.name != "html" or not path:
            return [nodes.Text(title)], []
        address = relative_uri(builder.get_target_uri(self.env.docname), f"lite/{path}")
        return [nodes.reference(title, title, refuri=address, internal=True)], []


def take_settings(app: Sphinx, config: object) -> None:
    """Take the addresses from the theme, whose own buttons know nothing of the branch."""
    options = config.html_theme_options
    config.notebooks_repository = options.get("repository_url") or ""
    config.notebooks_hub = options.pop("launch_buttons", {}).get("jupyterhub_url") or ""


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("notebooks_repository", "", "html", str)
    app.add_config_value("notebooks_hub", "", "html", str)
    app.add_role("lite", LiteRole())
    app.connect("config-inited", take_settings)
    app.connect("doctree-resolved", add_links)
    app.connect("html-page-context", add_menu, priority=502)  # the theme begins the list before
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def main(folder: Path) -> None:
    """Write the notebooks into `folder`/notebooks, and JupyterLite into `folder`/lite."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    archives = sorted((folder / "download").glob("*.zip"))
    write(folder / "notebooks", archives, config["repository"]["url"])
    build_lite(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
