"""The release: what a student gets, and the errors of an exercise that is not sound."""

import ast
import io
import json
import zipfile
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT, TOPICS, Run
from nbgrader.utils import is_grade, is_solution

from grading.course import Course
from grading.release import teacher_notebook
from grading.samples import answers

KERNEL = "kernelspec:\n  name: python3\n  display_name: Python 3\n"
HEAD = f"---\nfile_format: mystnb\n{KERNEL}---\n\n"
TASK = "```{code-cell} ipython3\n:tags: [task]\nfrom solutions.loss import mse\n```\n\n"
CHECK = "```{code-cell} ipython3\n:check: mse\n:points: 2\nassert mse\n```\n\n"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every topic released by the real release step; the folder of each."""
    course = Course(ROOT, tmp_path_factory.mktemp("build"))
    return {topic: course.release(topic).parent for topic in course.topics}


def secrets(topic: str) -> set[str]:
    """Lines that no student may see: of solutions, misconceptions, alternatives, hidden checks."""
    lines: set[str] = set()
    module = (ROOT / "solutions" / f"{topic}.py").read_text()
    for function in ast.parse(module).body:
        if isinstance(function, ast.FunctionDef):
            body = function.body[1:] if ast.get_docstring(function) else function.body
            for statement in body:
                lines.update(ast.get_source_segment(module, statement).splitlines())
    for kind in ("misconceptions", "alternatives"):
        for answer in answers(ROOT / "exercises" / kind / f"{topic}.py"):
            lines.update(answer.source.splitlines()[1:])
    for cell in teacher_notebook(ROOT / "exercises" / f"{topic}.md").cells:
        if is_grade(cell):
            hidden = cell.source.split("### BEGIN HIDDEN TESTS")[1]
            lines.update(hidden.splitlines())
            lines.add("### BEGIN HIDDEN TESTS")
        if is_solution(cell):
            lines.add("### BEGIN SOLUTION")
    lines.add(f"from solutions.{topic} import")
    return {line.strip() for line in lines if len(line.strip()) >= 20}


@pytest.mark.parametrize("topic", TOPICS)
def test_nothing_secret_is_released(topic: str, released: dict[str, Path]) -> None:
    files = {path: path.read_bytes() for path in released[topic].rglob("*") if path.is_file()}
    archive = released[topic].parent.parent / "download" / f"{topic}.zip"
    with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as packed:
        files |= {archive / name: packed.read(name) for name in packed.namelist()}
    visible = given(topic)
    found = [
        f"{path.name}: {line}"
        for path, content in files.items()
        for line in secrets(topic)
        if not any(line in shown for shown in visible)
        for form in {line, json.dumps(line)[1:-1], json.dumps(line, ensure_ascii=False)[1:-1]}
        if form.encode() in content
    ]
    assert found == []


def given(topic: str) -> set[str]:
    """Lines that the teacher gives to students on purpose: text, given cells, visible checks."""
    lines = set((ROOT / "exercises" / "checks.py").read_text().splitlines())
    for cell in teacher_notebook(ROOT / "exercises" / f"{topic}.md").cells:
        source = cell.source.split("### BEGIN")[0]
        lines.update(source.splitlines())
    return {line.strip() for line in lines}


@pytest.mark.parametrize("topic", TOPICS)
def test_released_notebook_is_whole(topic: str, released: dict[str, Path]) -> None:
    path = released[topic] / f"{topic}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert (released[topic] / "checks.py").is_file()
    source = teacher_notebook(ROOT / "exercises" / f"{topic}.md")
    assert len(notebook.cells) == len(source.cells)
    namespace: dict = {}
    for cell in notebook.cells:
        if is_solution(cell):
            definition = ast.parse(cell.source).body[0]
            assert definition.name == cell.metadata.nbgrader.grade_id
            assert ast.get_docstring(definition)
            assert "raise NotImplementedError" in ast.unparse(definition.body[-1])
            exec(compile(cell.source, "stub", "exec"), namespace)
        elif is_grade(cell):
            assert not cell.metadata.editable
        elif cell.cell_type == "code":
            exec(compile(cell.source, "given", "exec"), namespace)


def test_release_is_the_same_each_time(tmp_path: Path) -> None:
    course = Course(ROOT, tmp_path)
    first = course.release("loss").read_bytes()
    assert course.release("loss").read_bytes() == first


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TASK.replace("mse", "nothing") + CHECK, "solutions.loss has no function nothing"),
        (TASK.replace(".loss", ".loose") + CHECK, "solutions.loose has no function mse"),
        (TASK + CHECK.replace(":points: 2\n", ""), "the check of mse has no points"),
        (TASK + CHECK.replace(": 2", ": 0"), "the check of mse has no points"),
        (TASK.replace("import mse", "import mse, bce") + CHECK, "must hold one line"),
        (TASK.replace("from solutions.loss ", "from numpy "), "must hold one line"),
        (TASK.replace("import mse", "import"), "must hold one line"),
        (TASK, "no check for mse"),
        (CHECK, "a check of mse needs one task mse before it"),
        (TASK + CHECK + CHECK, "a check of mse needs one task mse before it"),
    ],
)
def test_unsound_source_is_refused(text: str, message: str, course_folder: Path, run: Run) -> None:
    (course_folder / "exercises" / "loss.md").write_text(HEAD + text)
    status, _out, err = run("release", "loss")
    assert status == 2
    assert message in err
    assert len(err.splitlines()) == 1
    assert err.startswith("course: loss.md")
    assert not (course_folder / "build").exists()


def test_work_in_a_released_notebook_is_kept(tmp_path: Path) -> None:
    course = Course(ROOT, tmp_path)
    path = course.release("loss")
    for number in (1, 2):
        notebook = nbformat.read(path, as_version=4)
        notebook.cells[0].source = f"work {number}"
        nbformat.write(notebook, path)
        course.release("loss")
        kept = nbformat.read(tmp_path / "kept" / f"loss-{number}.ipynb", as_version=4)
        assert kept.cells[0].source == f"work {number}"
        assert nbformat.read(path, as_version=4).cells[0].source != f"work {number}"
    path.write_text("no longer a notebook")
    course.release("loss")
    assert (tmp_path / "kept" / "loss-3.ipynb").read_text() == "no longer a notebook"


def test_an_untouched_release_is_not_kept(tmp_path: Path) -> None:
    course = Course(ROOT, tmp_path)
    path = course.release("loss")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[2].outputs = [nbformat.v4.new_output("stream", text="ran")]
    nbformat.write(notebook, path)
    course.release("loss")
    assert not (tmp_path / "kept").exists()
