"""Prepares a graded notebook for the page of feedback that `templates/course` lays out."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from grading.mathml import to_mathml

# Code comes first, so that a dollar sign in code is not taken for mathematics.
PIECES = re.compile(
    r"(?P<code>```.*?```|`[^`\n]*`)|\$\$(?P<block>.+?)\$\$|\$(?P<inline>[^$]+)\$", re.S
)


def mathml(piece: re.Match[str]) -> str:
    """Return one piece of Markdown with its TeX as MathML, or as code where it cannot be read."""
    if piece["code"]:
        return piece["code"]
    try:
        math = to_mathml(piece["block"] or piece["inline"], display=bool(piece["block"]))
    except ValueError:  # a student's own formula
        return f"<code>{escape(piece[0])}</code>"
    return f'<div class="math">{math}</div>' if piece["block"] else math


class Mathematics(NbGraderPreprocessor):
    """Turns the TeX in Markdown cells into MathML, so that the page needs no script."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: Any, cell_index: int
    ) -> tuple[NotebookNode, Any]:
        if cell.cell_type == "markdown":
            cell.source = PIECES.sub(mathml, cell.source)
        return cell, resources
