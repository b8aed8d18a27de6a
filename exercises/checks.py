"""Compare an answer with the expected value and say what is wrong, without giving the value away.

A message names the kind of mistake: type, shape, dtype, NaN, sign, a constant factor, the place.
It never holds a number from which an expected entry could be computed: sizes of errors are given
as powers of ten only.
"""

import math
from collections.abc import Callable

import numpy as np

RTOL = {"float64": 1e-9, "float32": 1e-5}
ATOL = {"float64": 1e-12, "float32": 1e-6}


def assert_close(
    actual: object,
    expected: object,
    *,
    case: str = "",
    shape: tuple[int, ...] = (),
    rtol: float | None = None,
    atol: float | None = None,
) -> None:
    """Raise an AssertionError that says what is wrong with `actual`, or return None.

    `expected` is a number, an array (or nested lists), or a tuple or dict of them. `case` names the
    case in the message. `shape` is the shape of the data behind a single number: with it, a sum in
    the place of a mean is recognised. The tolerances depend on the dtype of `expected`.
    """
    try:
        message = explain(actual, expected, shape=shape, rtol=rtol, atol=atol)
    except Exception:  # an object of the student's own, whose methods may raise anything
        message = "The result cannot be read as numbers."
    if message is not None:
        raise AssertionError(f"{case}: {message}" if case else message)


def assert_unchanged(now: np.ndarray, before: np.ndarray, name: str) -> None:
    """Raise an AssertionError unless the argument `name` is what it was before the call."""
    if not np.array_equal(now, before, equal_nan=True):
        raise AssertionError(
            f"The call changed its argument {name}. Compute a new array; "
            "-=, *= and assignments such as a[i] = ... change the caller's array."
        )


def explain(
    actual: object,
    expected: object,
    *,
    name: str = "The result",
    shape: tuple[int, ...] = (),
    rtol: float | None = None,
    atol: float | None = None,
) -> str | None:
    """Return what is wrong with `actual`, in one or two sentences, or None if it is right."""
    options = {"shape": shape, "rtol": rtol, "atol": atol}
    if isinstance(expected, tuple):
        return _explain_tuple(actual, expected, name, options)
    if isinstance(expected, dict):
        return _explain_dict(actual, expected, name, options)
    e = np.asarray(expected)
    problem, a = _read(actual, e)
    if problem is None:
        problem = _shape_problem(a, e) or _dtype_problem(a, e, actual)
    if problem is None:
        rtol = RTOL.get(e.dtype.name, 0.0) if rtol is None else rtol
        atol = ATOL.get(e.dtype.name, 0.0) if atol is None else atol
        problem = _value_problem(a.astype(float), e.astype(float), shape, rtol, atol)
    return None if problem is None else f"{name} {problem}"


def _explain_tuple(actual: object, expected: tuple, name: str, options: dict) -> str | None:
    wanted = f"expected {len(expected)} values, as in `return a, b`"
    if not isinstance(actual, tuple | list):
        return f"{name} is {_kind(actual)}; {wanted}."
    if len(actual) != len(expected):
        return f"{name} holds another number of values, {len(actual)}; {wanted}."
    for i, (a, e) in enumerate(zip(actual, expected, strict=True), 1):
        message = explain(a, e, name=f"Value {i} of {len(expected)}", **options)
        if message is not None:
            return message
    return None


def _explain_dict(actual: object, expected: dict, name: str, options: dict) -> str | None:
    if not isinstance(actual, dict):
        return f"{name} is {_kind(actual)}; expected a dict."
    for key, e in expected.items():
        if key not in actual:
            return f"{name} lacks the key {key!r}."
        message = explain(actual[key], e, name=f"The value of {key!r}", **options)
        if message is not None:
            return message
    if len(actual) > len(expected):
        return f"{name} has more keys than the {len(expected)} expected."
    return None


def _kind(value: object) -> str:
    """Return what `value` is, with its article, for a message."""
    if value is None:
        return "None (is the return statement missing?)"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if callable(value):
        return "a function (was it called?)"
    word = type(value).__name__
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _read(actual: object, e: np.ndarray) -> tuple[str | None, np.ndarray]:
    """Return a problem with the type of `actual`, or None and `actual` as an array."""
    wanted = "a number" if e.ndim == 0 else "a NumPy array"
    if isinstance(actual, list | tuple):
        return f"is {_kind(actual)} of {len(actual)} values; expected {wanted}.", e
    if not isinstance(actual, np.ndarray | np.generic | bool | int | float | complex):
        return f"is {_kind(actual)}; expected {wanted}.", e
    a = np.asarray(actual)
    if a.dtype.kind not in "biuf":
        return f"has dtype {a.dtype.name}; expected real numbers.", a
    return None, a


def _shape_problem(a: np.ndarray, e: np.ndarray) -> str | None:
    if a.shape == e.shape:
        return None
    wanted = "a single number" if e.ndim == 0 else f"shape {e.shape}"
    found = "is a single number" if a.ndim == 0 else f"has shape {a.shape}"
    hint = ""
    if e.ndim == 2 and a.shape == e.shape[::-1]:
        hint = " It is transposed."
    elif a.size == e.size:
        hint = " The number of entries is right, their arrangement is not."
    elif a.shape == (e.size, e.size):
        hint = " A column (n, 1) and a flat array (n,) were broadcast to (n, n)."
    elif e.ndim > 0 and a.ndim == 0:
        hint = " Something was summed or averaged too early."
    return f"{found}; expected {wanted}.{hint}"


def _dtype_problem(a: np.ndarray, e: np.ndarray, actual: object) -> str | None:
    """Compare dtypes: float widths must agree, and a bare Python number counts as any float."""
    if e.dtype.kind == "f" and type(actual) not in (int, float) and a.dtype != e.dtype:
        hint = " Integer arrays drop the fraction." if a.dtype.kind in "iu" else ""
        return f"has dtype {a.dtype.name}; expected {e.dtype.name}.{hint}"
    integers = e.dtype.kind in "iu" and a.dtype.kind in "iu"
    if e.dtype.kind != "f" and a.dtype.kind != e.dtype.kind and not integers:
        return f"has dtype {a.dtype.name}; expected {e.dtype.name}."
    return None


def _value_problem(
    a: np.ndarray, e: np.ndarray, shape: tuple[int, ...], rtol: float, atol: float
) -> str | None:
    """Compare two arrays of floats of one shape."""
    causes = {
        "NaN": (np.isnan, "0/0, 0 * infinity, infinity - infinity or the log of a negative number"),
        "infinity": (np.isinf, "a division by 0, log(0) or exp of a large number"),
    }
    for word, (test, cause) in causes.items():
        bad = test(a) & ~test(e)
        if bad.any():
            return f"{'has' if a.ndim else 'is'} {word}{_where(bad)}. It comes from {cause}."

    def close(x: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore", invalid="ignore"):
            near = np.abs(x - e) <= atol + rtol * np.abs(e)
        return (near & np.isfinite(e)) | (x == e) | (np.isnan(x) & np.isnan(e))

    bad = ~close(a)
    if not bad.any():
        return None
    whole = _pattern(a, e, shape or e.shape, close)
    if whole is not None:
        return whole
    with np.errstate(all="ignore"):
        error = np.abs(a - e) / np.fmax(np.abs(a), np.abs(e))
    return f"is wrong{_where(bad)}. {_size(error[bad])}"


def _where(bad: np.ndarray) -> str:
    """Return how many entries are bad and the index of the first, as part of a sentence."""
    if bad.ndim == 0:
        return ""
    index = tuple(int(i) for i in np.argwhere(bad)[0])
    place = index[0] if len(index) == 1 else index
    return f" in {int(bad.sum())} of {bad.size} entries, the first at index {place}"


def _size(error: np.ndarray) -> str:
    """Return the size of the largest relative error, as a power of ten, in a sentence."""
    largest = np.max(error)
    if not largest < 0.1:
        return "The largest relative error is over 10 percent."
    power = math.ceil(math.log10(largest))
    hint = " Nearly right: look for a clipped, rounded or float32 value." if power < -4 else ""
    return f"The largest relative error is below 1e{power}.{hint}"


def _pattern(
    a: np.ndarray,
    e: np.ndarray,
    shape: tuple[int, ...],
    close: Callable[[np.ndarray], np.ndarray],
) -> str | None:
    """Recognise a mistake that all entries share."""
    if not e.any() or not np.isfinite(a).all() or not np.isfinite(e).all():
        return None
    if not a.any():
        return "is zero everywhere." if a.ndim else "is zero."
    if e.ndim == 2 and a.shape == a.T.shape and close(a.T).all():
        return "is transposed."
    if close(-a).all():
        return "has the wrong sign: it is the negative of what is expected."
    for factor, meaning in _factors(shape).items():
        for sign, words in ((1, ""), (-1, " and of the wrong sign")):
            if close(sign * a / factor).all():
                return f"is too large by the factor {meaning}{words}."
            if close(sign * a * factor).all():
                return f"is too small by the factor {meaning}{words}."
    if np.count_nonzero(e) > 1:
        with np.errstate(over="ignore", invalid="ignore"):
            ratio = np.sum(a * e) / np.sum(a * a)
            if np.isfinite(ratio) and close(a * ratio).all():
                return "is off by the same factor everywhere: a constant is missing or extra."
    return None


def _factors(shape: tuple[int, ...]) -> dict[int, str]:
    """Return the factors that mistakes come from, each with its name."""
    names: dict[int, list[str]] = {2: []}
    counts = [("the number of rows", shape[:1]), ("the number of entries", shape)]
    counts += [("the number of columns", shape[1:2])]
    for times, prefix in ((1, ""), (2, "twice ")):
        for name, sizes in counts:
            count = math.prod(sizes)
            if count > 1:
                names.setdefault(count * times, []).append(prefix + name)
    return {f: f"{f} ({' or '.join(n)})" if n else f"{f}" for f, n in names.items()}
