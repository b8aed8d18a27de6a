"""Recognises a misconception: an answer that is wrong in exactly a known way."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from typing import Any

import numpy as np


def results(check: str, task: str, function: Callable, namespace: dict[str, Any]) -> list[Any]:
    """Run the statements of `check` with `function` as `task`; return what each call gave.

    A call that raises gives the name of the exception. A statement that fails does not stop the
    next, so all calls of the check are seen.
    """
    calls: list[Any] = []

    def recorder(*args: Any, **kwargs: Any) -> Any:
        try:
            result = function(*args, **kwargs)
        except Exception as problem:
            calls.append(type(problem).__name__)
            raise
        calls.append(copy.deepcopy(result))
        return result

    scope = {**namespace, task: recorder}
    for statement in ast.parse(check).body:
        try:
            exec(compile(ast.Module([statement], []), "<check>", "exec"), scope)
        except Exception:
            continue
    return calls


def alike(a: Any, b: Any) -> bool:
    """Tell whether two results are the same: type of number, shape and values up to rounding."""
    if isinstance(a, str) or isinstance(b, str):
        return isinstance(a, str) and isinstance(b, str) and a == b
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return len(a) == len(b) and all(map(alike, a, b))
    try:
        a, b = np.asarray(a), np.asarray(b)
        rtol = 1e-4 if np.float32 in (a.dtype, b.dtype) else 1e-8
        close = a.dtype == b.dtype and a.shape == b.shape
        return close and np.allclose(a, b, rtol=rtol, atol=1e-12, equal_nan=True)
    except (TypeError, ValueError):
        return False


def recognise(
    check: str, task: str, namespace: dict[str, Any], misconceptions: dict[str, Callable]
) -> str | None:
    """Return the name of the misconception whose every result on `check` is that of the student.

    `namespace` holds the student's function under the name `task`, and all that the check needs.
    Returns None where no misconception fits.
    """
    if task not in namespace:
        return None
    with np.errstate(all="ignore"):
        theirs = results(check, task, namespace[task], namespace)
        for name, function in misconceptions.items():
            known = results(check, task, function, namespace)
            if len(known) == len(theirs) and all(map(alike, known, theirs)):
                return name
    return None


def functions_of(source: str, task: str) -> dict[str, Callable]:
    """Return the functions that the class named `task` holds in the Python text `source`."""
    module: dict[str, Any] = {}
    exec(compile(source, "<misconceptions>", "exec"), module)
    return {name: value for name, value in vars(module[task]).items() if callable(value)}
