"""Rebuilding: from a submission come only the text of its task cells and the cells it added."""

import json
import os
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grading.rebuild import LARGEST, MOST, read_submission, rebuild


def cell(name: str, source: str, **marks: object) -> NotebookNode:
    """A code cell with nbgrader's metadata."""
    return new_code_cell(source, metadata={"nbgrader": {"grade_id": name, **marks}})


def source() -> NotebookNode:
    """A teacher's notebook with two tasks."""
    return new_notebook(
        cells=[
            new_markdown_cell("# Exercises"),
            cell("given-1", "import numpy as np", locked=True),
            cell("mse", "solution", solution=True),
            cell("check-mse", "assert mse", grade=True, points=2),
            cell("bce", "solution", solution=True),
            cell("check-bce", "assert bce", grade=True, points=3),
        ]
    )


def submission() -> NotebookNode:
    """The same notebook as an honest student hands it in."""
    nb = source()
    nb.cells[2].source, nb.cells[4].source = "my mse", "my bce"
    return nb


def texts(nb: NotebookNode) -> list[str]:
    return [cell.source for cell in nb.cells]


HONEST = ["# Exercises", "import numpy as np", "my mse", "assert mse", "my bce", "assert bce"]


def test_honest_submission() -> None:
    assert texts(rebuild(source(), submission())) == HONEST


def test_changed_checks_points_and_given_cells_are_the_teachers_again() -> None:
    nb = submission()
    nb.cells[1].source = "import evil"
    nb.cells[3].source = "pass"
    nb.cells[3].metadata.nbgrader.points = 200
    nb.cells[2].metadata.nbgrader |= {"grade": True, "points": 50}
    rebuilt = rebuild(source(), nb)
    assert texts(rebuilt) == HONEST
    assert [c.metadata.get("nbgrader") for c in rebuilt.cells] == [
        c.metadata.get("nbgrader") for c in source().cells
    ]


def test_order_does_not_matter() -> None:
    nb = submission()
    nb.cells.reverse()
    assert texts(rebuild(source(), nb)) == HONEST


def test_deleted_task_is_empty_and_deleted_check_is_back() -> None:
    nb = submission()
    del nb.cells[2:4]
    assert texts(rebuild(source(), nb)) == [*HONEST[:2], "", *HONEST[3:]]


def test_split_and_copied_cells_are_joined() -> None:
    nb = submission()
    nb.cells[2].source = "def mse(y_hat, y):"
    nb.cells.insert(3, cell("mse", "    return 1", solution=True))
    rebuilt = rebuild(source(), nb)
    assert texts(rebuilt)[2] == "def mse(y_hat, y):\n    return 1"
    assert len(rebuilt.cells) == len(HONEST)


def test_a_copy_that_does_not_parse_stays_a_cell_of_its_own() -> None:
    nb = submission()
    nb.cells[2].source = "mse = 1 +"
    nb.cells.insert(3, cell("mse", "mse = 2", solution=True))
    nb.cells.insert(4, cell("check-mse", "assert True", grade=True, points=2))
    assert texts(rebuild(source(), nb)) == [*HONEST[:2], "mse = 1 +", "mse = 2", *HONEST[3:]]


def without_marks(nb: NotebookNode) -> NotebookNode:
    for one in nb.cells:
        one.metadata = NotebookNode()
    return nb


def lost_remark(nb: NotebookNode) -> str:
    assert nb.cells[0].cell_type == "markdown"
    return nb.cells[0].source


def test_lost_marks_tasks_are_found_by_function_name_in_any_order() -> None:
    nb = without_marks(submission())
    nb.cells[2].source = "def mse(y_hat, y):\n    return 1"
    nb.cells[4].source = "def bce(p, y):\n    return 2"
    nb.cells.insert(2, new_code_cell("own = 3"))
    nb.cells.reverse()
    rebuilt = rebuild(source(), nb)
    assert "names of the functions" in lost_remark(rebuilt)
    assert "bce, mse" in lost_remark(rebuilt)
    tasks = {c.metadata.nbgrader.grade_id: c.source for c in rebuilt.cells if c.metadata}
    assert tasks["mse"].startswith("def mse")
    assert tasks["bce"].startswith("def bce")
    assert [c.source for c in rebuilt.cells[1:] if not c.metadata][1:] == ["own = 3"]


def test_lost_marks_tasks_are_found_by_place() -> None:
    nb = without_marks(submission())
    rebuilt = rebuild(source(), nb)
    assert texts(rebuilt)[1:] == HONEST
    assert "by their place" in lost_remark(rebuilt)


def test_a_renamed_id_is_a_lost_one() -> None:
    nb = submission()
    nb.cells[2].metadata.nbgrader.grade_id = "mze"
    rebuilt = rebuild(source(), nb)
    assert texts(rebuilt)[1:] == HONEST
    assert lost_remark(rebuilt).endswith("place: mse.**")


def test_kept_marks_give_no_remark() -> None:
    assert rebuild(source(), submission()).cells[0].source == "# Exercises"


def test_added_cells_stay_at_their_place_and_lose_their_metadata() -> None:
    nb = submission()
    nb.cells.insert(2, new_code_cell("helper = 1", metadata={"tags": ["x"]}))
    nb.cells.append(cell("check-other", "extra = 2", grade=True, points=99))
    nb.cells.append(new_markdown_cell("<script>alert(1)</script>"))
    rebuilt = rebuild(source(), nb)
    assert texts(rebuilt) == [*HONEST[:2], "helper = 1", *HONEST[2:], "extra = 2"]
    assert [c.metadata for c in rebuilt.cells if c.source in ("helper = 1", "extra = 2")] == [
        {},
        {},
    ]


def test_metadata_of_the_wrong_kind_is_no_metadata() -> None:
    nb = submission()
    for marks in ("mse", ["mse"], 3, None, {"grade_id": ["mse"]}):
        nb.cells.append(new_code_cell("odd", metadata={"nbgrader": marks}))
    assert texts(rebuild(source(), nb)) == [*HONEST, *["odd"] * 5]


def test_ids_of_cells_are_distinct_and_the_same_each_time() -> None:
    nb = submission()
    nb.cells += [new_code_cell("a", id="same"), new_code_cell("b", id="same")]
    rebuilt = rebuild(source(), nb)
    nbformat.validate(rebuilt)
    assert len({c.id for c in rebuilt.cells}) == len(rebuilt.cells)
    assert rebuild(source(), nb).cells[3].id == rebuilt.cells[3].id


def test_source_and_submission_are_left_as_they_were() -> None:
    teacher, student = source(), submission()
    before = json.dumps([teacher, student])
    rebuild(teacher, student)
    assert json.dumps([teacher, student]) == before


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"Dear teacher", "loss.ipynb is not a Jupyter notebook"),
        (b"", "loss.ipynb is not a Jupyter notebook"),
        (b"{}", "loss.ipynb is not a Jupyter notebook"),
        (b"[1, 2]", "loss.ipynb is not a Jupyter notebook"),
        (b"[" * 100_000, "loss.ipynb is not a Jupyter notebook"),
        (b"\xff\xfe\x00bytes", "loss.ipynb is not a Jupyter notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}', "not a Jupyter"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [1]}', "not a Jupyter"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": [], "cells": []}', "not a Jupyter"),
        (b'{"nbformat": 99, "nbformat_minor": 5, "metadata": {}, "cells": []}', "not a Jupyter"),
        (b" " * (LARGEST + 1), "larger than 10 MB"),
    ],
)
def test_unreadable(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "loss.ipynb"
    path.write_bytes(content)
    assert reason in read_submission(path).metadata.unreadable


def test_too_many_cells(tmp_path: Path) -> None:
    path = tmp_path / "loss.ipynb"
    nb = new_notebook(cells=[new_code_cell("1") for _ in range(MOST + 1)])
    path.write_text(json.dumps(nb))
    assert "more than 2000 cells" in read_submission(path).metadata.unreadable


def test_what_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "ada" / "loss" / "loss.ipynb"
    assert read_submission(path).metadata.unreadable == "there is no file loss.ipynb"
    path.mkdir(parents=True)
    assert read_submission(path).metadata.unreadable == "loss.ipynb is not a file"
    path.rmdir()
    os.mkfifo(path)
    assert read_submission(path).metadata.unreadable == "loss.ipynb is not a file"


def test_links_are_not_followed(tmp_path: Path) -> None:
    work = tmp_path / "ada" / "loss" / "loss.ipynb"
    work.parent.mkdir(parents=True)
    work.write_text(nbformat.writes(submission()))
    assert "unreadable" not in read_submission(work).metadata
    for link, target in (("ben/loss/loss.ipynb", work), ("cleo/loss", work.parent)):
        (tmp_path / link).parent.mkdir(parents=True)
        (tmp_path / link).symlink_to(target)
    (tmp_path / "dan").symlink_to(tmp_path / "ada")
    for name in ("ben", "cleo", "dan"):
        found = read_submission(tmp_path / name / "loss" / "loss.ipynb")
        assert found.metadata.unreadable == "loss.ipynb is a link, not a file"


def test_only_the_reader_says_that_a_submission_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "loss.ipynb"
    nb = submission()
    nb.metadata["unreadable"] = "<script>"
    path.write_text(nbformat.writes(nb))
    assert texts(rebuild(source(), read_submission(path))) == HONEST


def test_byte_order_mark_and_old_format(tmp_path: Path) -> None:
    path = tmp_path / "loss.ipynb"
    path.write_text(nbformat.writes(submission()), encoding="utf-8-sig")
    assert texts(rebuild(source(), read_submission(path))) == HONEST
    nb = submission()
    nb.cells[0].source = "# Übung"
    path.write_bytes(json.dumps(nb, ensure_ascii=False).encode("latin-1"))
    assert texts(rebuild(source(), read_submission(path))) == HONEST
    path.write_text(nbformat.writes(submission(), version=3))
    assert texts(rebuild(source(), read_submission(path))) == HONEST


def test_unreadable_submission_becomes_the_empty_one_with_a_reason() -> None:
    nb = new_notebook(metadata={"unreadable": "loss.ipynb is not a Jupyter notebook"})
    rebuilt = rebuild(source(), nb)
    assert "could not be graded" in rebuilt.cells[0].source
    assert texts(rebuilt)[1:] == [*HONEST[:2], "", HONEST[3], "", HONEST[5]]
