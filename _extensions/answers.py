"""Numbers the exercises, and shows their answers on pages of their own.

In chapters/<topic>.md the directive `{tasks}` lists the tasks of exercises/<topic>.md. In
solutions/<topic>.md the directive `{answers}` shows the reference, other right answers, and the
advice that goes with known mistakes. The role {exercise}`loss.huber` is a link, "Exercise 2.1".

In a teacher's build, `COURSE_SOLUTIONS=hidden make site`, the pages of answers hold no answer.
"""

from __future__ import annotations

import ast
import os
import re
import symtable
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.logging import getLogger

import solutions
from grading.rebuild import is_solution, task_id
from grading.release import teacher_notebook
from grading.samples import answers

SOLUTIONS = Path(solutions.__file__).parent
HEADING = re.compile(r"^## \d+\. (.+ \(\d+ points?\))$", re.M)
ALTERNATIVES = 2  # right answers shown beside the reference
HIDDEN = """
In this copy of the book the teacher keeps the answers. The exercises, with checks that you can run
yourself, come with the chapter [](../chapters/{topic}.md).
"""
OPEN = """
Try first, and open a box only after an attempt of your own. Each exercise has two boxes. The first
says what often goes wrong, without code. The second holds the course's own answer and other right
ones. Yours may look different and be right: that is for the checks to decide.

The tasks in full, with the checks, are in
{{download}}`the exercise notebook <../build/download/{topic}.zip>` of the chapter
[](../chapters/{topic}.md).
"""

Sources = dict[str, str]  # by name


@dataclass(frozen=True)
class Task:
    """A task of an exercise notebook: its number there, its function, its title with the points."""

    number: int
    function: str
    title: str


@cache
def tasks_in(exercises: Path) -> dict[str, Task]:
    """Return the tasks of a source of exercises, in order, by function."""
    cells = teacher_notebook(exercises).cells
    titles = HEADING.findall("\n".join(c.source for c in cells if c.cell_type == "markdown"))
    functions = [task_id(cell) for cell in cells if is_solution(cell)]
    pairs = enumerate(zip(functions, titles, strict=True), start=1)
    return {function: Task(number, function, title) for number, (function, title) in pairs}


def tasks_of(env: BuildEnvironment, topic: str) -> dict[str, Task]:
    """Return the tasks of a topic, and note that the page read at present is made of them."""
    path = Path(env.srcdir, "exercises", f"{topic}.md")
    env.note_dependency(str(path))
    return tasks_in(path) if path.is_file() else {}


def definitions(module: str) -> Sources:
    """Return the source of all that a module of `solutions` defines or imports from another."""
    text = (SOLUTIONS / f"{module}.py").read_text(encoding="utf-8")
    found: Sources = {}
    for node in ast.parse(text).body:
        source = ast.get_source_segment(text, node)
        match node:
            case ast.ImportFrom(module=str(other)) if other.startswith("solutions."):
                found |= definitions(other.removeprefix("solutions."))
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found[name] = source
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found[name] = source
    return found


def names_used(table: symtable.SymbolTable) -> set[str]:
    """Return the names that a piece of code takes from the module around it."""
    names = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
    return names.union(*map(names_used, table.get_children()))


def helpers(name: str, known: Sources) -> set[str]:
    """Return the names in `known` that the definition of `name` needs, at first or second hand."""
    found, new = set(), {name}
    while new:
        found |= new
        used = [names_used(symtable.symtable(known[n], n, "exec")) for n in new]
        new = set().union(*used) & known.keys() - found
    return found - {name}


def chapter_number(env: BuildEnvironment, topic: str) -> str:
    """Return the number of a topic's chapter, as Sphinx gives it, or "" where it gives none."""
    for part in env.external_site_map.root.subtrees:
        pages = [str(file).removesuffix(".md") for file in part.files()]
        if part.numbered and f"chapters/{topic}" in pages:
            return str(pages.index(f"chapters/{topic}") + 1)
    return ""


def label(topic: str, function: str) -> str:
    """Return the name by which a page of the book refers to an exercise."""
    return f"exercise-{topic}-{function}"


def number(env: BuildEnvironment, topic: str, task: Task) -> str:
    """Return the words by which the book calls a task, such as "Exercise 2.1"."""
    numbers = filter(None, [chapter_number(env, topic), str(task.number)])
    return f"Exercise {'.'.join(numbers)}"


def phrase(text: str) -> list[nodes.Node]:
    """Return a sentence with its `code` set as such."""
    parts = enumerate(text.replace("\n", " ").split("`"))
    return [nodes.literal(part, part) if i % 2 else nodes.Text(part) for i, part in parts]


def code(text: str) -> nodes.literal_block:
    """Return Python in colours."""
    return nodes.literal_block(text, text, language="python")


class TopicDirective(SphinxDirective):
    """A directive on a page that is named after its topic."""

    @property
    def topic(self) -> str:
        return Path(self.env.docname).name

    def parsed(self, text: str) -> list[nodes.Node]:
        """Return the nodes of a piece of MyST."""
        node = nodes.Element()
        self.state.nested_parse(StringList(text.strip().splitlines()), 0, node)
        return node.children


class TasksDirective(TopicDirective):
    """The list of a topic's exercises, on the page of the chapter."""

    def run(self) -> list[nodes.Node]:
        if not chapter_number(self.env, self.topic):
            getLogger(__name__).warning(
                "_toc.yml gives the chapter no number", location=self.get_location()
            )
        listing = nodes.bullet_list(bullet="-")
        for task in tasks_of(self.env, self.topic).values():
            name = nodes.strong("", number(self.env, self.topic, task))
            item = nodes.list_item("", nodes.paragraph("", "", name, nodes.Text(": " + task.title)))
            item["names"] = [label(self.topic, task.function)]
            self.state.document.note_explicit_target(item)
            listing += item
        return [listing]


class AnswersDirective(TopicDirective):
    """The answers to a topic's exercises, behind boxes that are closed at first."""

    def run(self) -> list[nodes.Node]:
        for path in [*map(self.file, ("alternatives", "misconceptions")), *SOLUTIONS.glob("*.py")]:
            self.env.note_dependency(str(path))
        tasks = tasks_of(self.env, self.topic)
        if self.config.course_solutions == "hidden":
            return self.parsed(HIDDEN.format(topic=self.topic))
        known = definitions(self.topic)
        needed = {function: helpers(function, known) for function in tasks}
        page = self.parsed(OPEN.format(topic=self.topic))
        page += [self.section(task, known, needed[task.function]) for task in tasks.values()]
        if shared := set().union(*needed.values()):
            text = "\n\n\n".join(source for name, source in known.items() if name in shared)
            last = nodes.section(
                "", nodes.title("", "What the answers use"), ids=[self.anchor("used")]
            )
            last += self.box("Functions of the course", code(text))
            page.append(last)
        return page

    def anchor(self, name: str) -> str:
        """Return an id that no other page has, for the book may be printed as one page."""
        return nodes.make_id(f"answer-{self.topic}-{name}")

    def file(self, kind: str) -> Path:
        """Return the file of alternatives or misconceptions."""
        return Path(self.env.srcdir, "exercises", kind, f"{self.topic}.py")

    def section(self, task: Task, known: Sources, needed: set[str]) -> nodes.section:
        """Return what the page says about one exercise."""
        source = known[task.function]
        statement = ast.get_docstring(ast.parse(source).body[0]).split("\n\n")[0]
        title = f"{number(self.env, self.topic, task)}: {task.title}"
        section = nodes.section("", nodes.title("", title))
        section["ids"] = [self.anchor(task.function)]
        section += nodes.paragraph("", "", *phrase(f"`{task.function}`: {statement}"))

        advice = [
            re.sub(r" \(E\d+\)$", "", answer.doc)
            for answer in answers(self.file("misconceptions"))
            if answer.task == task.function
        ]
        items = [nodes.list_item("", nodes.paragraph("", "", *phrase(text))) for text in advice]
        section += self.box("What often goes wrong", nodes.bullet_list("", *items, bullet="-"))

        content: list[nodes.Node] = [code(source)]
        if needed:
            names = ", ".join(f"`{name}`" for name in known if name in needed)
            end = nodes.reference(
                "", "at the end of this page", refid=self.anchor("used"), internal=True
            )
            content.append(
                nodes.paragraph("", "", nodes.Text("Shown "), end, *phrase(f": {names}."))
            )
        others = (a for a in answers(self.file("alternatives")) if a.task == task.function)
        for other in islice(others, ALTERNATIVES):
            content += [nodes.paragraph("", "", *phrase(f"Another way. {other.doc}"))]
            content += [code(other.source)]
        section += self.box("The answer", *content)
        return section

    def box(self, title: str, *content: nodes.Node) -> nodes.Node:
        """Return a closed box of sphinx-design."""
        (box,) = self.parsed(f"```{{dropdown}} {title}\n```")
        box += content
        return box


class ExerciseRole(SphinxRole):
    """A link to an exercise: {exercise}`loss.huber`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        topic, _, function = self.text.partition(".")
        task = tasks_of(self.env, topic).get(function)
        if task is None:
            getLogger(__name__).warning(
                "there is no exercise %r; write {exercise}`topic.function`, as in loss.huber",
                self.text,
                location=self.get_location(),
            )
            return [nodes.literal(self.text, self.text)], []
        target = label(topic, function)
        reference = pending_xref(
            "",
            nodes.inline("", number(self.env, topic, task)),
            refdomain="std",
            reftype="ref",
            reftarget=target.lower(),
            refexplicit=True,
            refdoc=self.env.docname,
            refwarn=True,
        )
        return [reference], []


def check_setting(app: Sphinx, config: Config) -> None:
    """Refuse a value of COURSE_SOLUTIONS that means nothing."""
    value = config.course_solutions
    if value not in ("", "hidden"):
        raise ConfigError(f"COURSE_SOLUTIONS is {value!r}; expected: hidden, or not set")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("course_solutions", os.environ.get("COURSE_SOLUTIONS", ""), "env", [str])
    app.connect("config-inited", check_setting)
    app.add_directive("tasks", TasksDirective)
    app.add_directive("answers", AnswersDirective)
    app.add_role("exercise", ExerciseRole())
    return {"parallel_read_safe": True}
