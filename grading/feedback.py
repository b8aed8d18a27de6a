"""Prepares a graded notebook for the page of feedback that `templates/course` lays out."""

from __future__ import annotations

import re
from typing import Any

from latex2mathml.converter import convert
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

# Code comes first, so that a dollar sign in code is not taken for mathematics.
PIECES = re.compile(
    r"(?P<code>```.*?```|`[^`\n]*`)|\$\$(?P<block>.+?)\$\$|\$(?P<inline>[^$]+)\$", re.S
)


def mathml(piece: re.Match[str]) -> str:
    """Return one piece of Markdown with its TeX as MathML, which browsers show without a script."""
    if piece["code"]:
        return piece["code"]
    display = "block" if piece["block"] else "inline"
    tex = re.sub(r"\\\\\[\w+\]", r"\\\\", piece["block"] or piece["inline"])  # no \\[2pt] in MathML
    math = convert(tex, display=display)
    return f'<div class="math">{math}</div>' if piece["block"] else math


class Mathematics(NbGraderPreprocessor):
    """Turns the TeX in Markdown cells into MathML, so that the page needs no script."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: Any, cell_index: int
    ) -> tuple[NotebookNode, Any]:
        if cell.cell_type == "markdown":
            cell.source = PIECES.sub(mathml, cell.source)
        return cell, resources
