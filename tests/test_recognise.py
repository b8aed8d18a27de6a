"""Recognising a misconception: the same result on every call, or no advice."""

from collections.abc import Callable

import numpy as np
import pytest

from grading.recognise import alike, functions_of, recognise, results

CHECK = """
x = np.array([1.0, 2.0])
assert double(x)[0] == 2
assert double(3) == 6
"""


def triple(x: object) -> object:
    return 3 * x


def square(x: object) -> object:
    return x * x


def find(function: Callable, check: str = CHECK) -> str | None:
    return recognise(
        check, "double", {"np": np, "double": function}, {"triple": triple, "square": square}
    )


def test_known_wrong_answers_are_told_apart() -> None:
    assert find(lambda x: x + x + x) == "triple"
    assert find(lambda x: x**2) == "square"
    assert find(lambda x: 4 * x) is None


def test_an_answer_that_raises_is_not_a_wrong_value() -> None:
    def broken(x: object) -> object:
        raise ZeroDivisionError

    assert find(broken) is None
    assert recognise(CHECK, "double", {"np": np}, {"triple": triple}) is None


def test_every_call_counts_even_after_a_failed_one() -> None:
    assert len(results(CHECK, "double", triple, {"np": np})) == 2
    assert find(lambda x: 3 * x if np.ndim(x) else 5) is None


def test_results_are_kept_as_they_were_when_returned() -> None:
    kept = np.zeros(1)

    def same_array(x: float) -> np.ndarray:
        kept[:] = x
        return kept

    first, second = results("f(1.0); f(2.0)", "f", same_array, {})
    assert (first[0], second[0]) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (1.0, 1.0 + 1e-12, True),
        (1.0, 1.001, False),
        (np.float32(1), np.float64(1), False),
        (np.zeros((2, 1)), np.zeros(2), False),
        (np.nan, np.nan, True),
        ((1.0, np.ones(2)), (1.0, np.ones(2)), True),
        ((1.0, 2.0), (1.0,), False),
        ("ValueError", "ValueError", True),
        ("ValueError", 1.0, False),
        (None, None, False),
        ([[1], [1, 2]], 1.0, False),
    ],
)
def test_alike(a: object, b: object, same: bool) -> None:
    assert bool(alike(a, b)) is same


def test_functions_of_a_task() -> None:
    source = "import numpy as np\n\n\nclass f:\n    def g(x):\n        return np.abs(x)\n"
    functions = functions_of(source, "f")
    assert list(functions) == ["g"]
    assert functions["g"](-2) == 2
