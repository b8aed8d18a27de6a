"""What several tests share: the course's folders, a box to test in, a class that was graded."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from grading.box import BoxError, try_box
from grading.cli import main

Run = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).resolve().parent.parent
TOPICS = sorted(path.stem for path in (ROOT / "exercises").glob("*.md"))
sys.path.insert(0, str(ROOT / "exercises"))  # the checks lie beside the exercises


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slowest file, so that no worker waits for another at the end."""
    items.sort(key=lambda item: item.path.name != "test_site.py")


@pytest.fixture(scope="session")
def box() -> None:
    """Skip where no box can be made, with the reason; in CI that is a failure."""
    try:
        try_box()
    except BoxError as problem:
        if os.environ.get("CI") == "true":
            pytest.fail(str(problem))
        pytest.skip(str(problem))


def new_course(root: Path) -> Path:
    """Lay an empty course with this course's exercises and shorter time limits in `root`."""
    shutil.copytree(ROOT / "exercises", root / "exercises", ignore=shutil.ignore_patterns("__*"))
    config = (ROOT / "nbgrader_config.py").read_text()
    (root / "nbgrader_config.py").write_text(config + "\nc.Limits.cell = 5\n")
    return root


@pytest.fixture
def course_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty course; the test runs in its folder."""
    monkeypatch.chdir(new_course(tmp_path))
    return tmp_path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> Run:
    """Run the command line as a person would; return exit status, standard output and error."""

    def run_course(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["course", *words])
        with pytest.raises(SystemExit) as stop:
            main()
        said = capsys.readouterr()
        return stop.value.code or 0, said.out, said.err

    return run_course
