"""What the tests of all topics share: central differences, and chapters read and run."""

import contextlib
import functools
import io
import re
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import matplotlib
import numpy as np
import yaml

ROOT = Path(__file__).parent.parent
CHAPTERS = sorted((ROOT / "chapters").glob("*.md"))


class Gradient(NamedTuple):
    """A gradient equation displayed in a chapter, and what it claims.

    `equation` is its LaTeX as it stands in the chapter; `f(x, y)` is the function differentiated
    with respect to `x`; `formula(x, y)` is the right-hand side, in NumPy exactly as displayed;
    `code(x, y)` is the gradient function of `solutions`, where there is one; `points` are pairs.
    """

    equation: str
    f: Callable
    formula: Callable
    code: Callable | None
    points: list[tuple[np.ndarray, np.ndarray]]


def central_differences(f: Callable, x: np.ndarray, h: float = 1e-6) -> np.ndarray:
    """Return the gradient of the scalar function `f` at `x`, element by element, in float64."""
    gradient = np.zeros(np.shape(x))
    for i in np.ndindex(gradient.shape):
        step = np.zeros(gradient.shape)
        step[i] = h
        gradient[i] = (f(x + step) - f(x - step)) / (2 * h)
    return gradient


def parameter_gradients(loss: Callable, parameters: list) -> list:
    """Return the gradient of `loss(parameters)` for each array of a list of pairs (W, b)."""

    def at(layer: int, place: int, array: np.ndarray) -> float:
        changed = [list(pair) for pair in parameters]
        changed[layer][place] = array
        return loss(changed)

    return [
        [central_differences(lambda a, i=i, j=j: at(i, j, a), pair[j], 1e-5) for j in (0, 1)]
        for i, pair in enumerate(parameters)
    ]


def relative_error(claimed: np.ndarray, true: np.ndarray) -> float:
    """Return the norm of the difference over the norm of `true`; a wrong shape is an error."""
    assert np.shape(claimed) == np.shape(true), f"shape {np.shape(claimed)}, not {np.shape(true)}"
    return float(np.linalg.norm(np.subtract(claimed, true)) / np.linalg.norm(true))


class Cell(NamedTuple):
    """A code cell: its line in the file, its settings and its source."""

    line: int
    settings: dict
    source: str


class Run(NamedTuple):
    """A chapter after its run: its names, what it printed, and its functions as defined."""

    names: dict
    printed: str
    functions: list[types.FunctionType]


CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(?:---\n(.*?)^---\n)?(.*?)^```$", re.M | re.S)
OPTION = re.compile(r"^:([\w-]+):(.*)\n", re.M)


def cells(chapter: Path) -> list[Cell]:
    """Return the code cells of a chapter."""
    text = chapter.read_text(encoding="utf-8")
    found = []
    for match in CELL.finditer(text):
        settings, source = yaml.safe_load(match[1] or "") or {}, match[2]
        while option := OPTION.match(source):
            settings[option[1]] = yaml.safe_load(option[2])
            source = source[option.end() :]
        found.append(Cell(text.count("\n", 0, match.start()) + 1, settings, source.strip("\n")))
    assert len(found) == text.count("```{code-cell}"), "a code cell is not written as the others"
    return found


@functools.cache
def run(chapter: Path) -> Run:
    """Run all cells of a chapter in plain Python, without figures on a screen; a warning fails."""
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    names, functions, printed = {"__name__": chapter.stem}, [], io.StringIO()
    show, plt.show = plt.show, lambda: None
    try:
        with contextlib.redirect_stdout(printed), warnings.catch_warnings():
            warnings.simplefilter("error")
            for cell in cells(chapter):
                source = re.sub(r"^%.*", "", cell.source, flags=re.M)
                before = dict(names)
                exec(compile(source, f"{chapter.name}:{cell.line}", "exec"), names)
                functions += [
                    value
                    for name, value in names.items()
                    if isinstance(value, types.FunctionType)
                    and value.__module__ == chapter.stem
                    and value is not before.get(name)
                ]
    finally:
        plt.show = show
        plt.close("all")
    return Run(names, printed.getvalue(), functions)
