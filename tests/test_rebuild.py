"""Rebuilding: from a submission come only the text of its task cells and the cells it added."""

import json
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grading.rebuild import LARGEST, UnreadableError, read_notebook, rebuild


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


def test_first_of_two_cells_with_one_name_counts_and_the_second_is_left_out() -> None:
    nb = submission()
    nb.cells.append(cell("mse", "another mse", solution=True))
    assert texts(rebuild(source(), nb)) == HONEST


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
    with pytest.raises(UnreadableError, match=reason):
        read_notebook(path)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"there is no file loss\.ipynb"):
        read_notebook(tmp_path / "loss.ipynb")
    (tmp_path / "loss.ipynb").mkdir()
    with pytest.raises(UnreadableError, match=r"there is no file loss\.ipynb"):
        read_notebook(tmp_path / "loss.ipynb")


def test_byte_order_mark_and_old_format(tmp_path: Path) -> None:
    path = tmp_path / "loss.ipynb"
    path.write_text(nbformat.writes(submission()), encoding="utf-8-sig")
    assert texts(rebuild(source(), read_notebook(path))) == HONEST
    path.write_text(nbformat.writes(submission(), version=3))
    assert texts(rebuild(source(), read_notebook(path))) == HONEST


def test_unreadable_submission_becomes_the_empty_one_with_a_reason() -> None:
    nb = new_notebook(metadata={"unreadable": "loss.ipynb is not a Jupyter notebook"})
    rebuilt = rebuild(source(), nb)
    assert "could not be graded" in rebuilt.cells[0].source
    assert texts(rebuilt)[1:] == [*HONEST[:2], "", HONEST[3], "", HONEST[5]]
