"""The checks' messages: what is wrong is named, and no expected value can be read from them."""

import re

import numpy as np
import pytest
from checks import assert_close, assert_unchanged, explain

rng = np.random.default_rng(7)
E = np.array([[0.5, -1.25, 2.0], [0.125, 3.0, -0.75]])
SQUARE = np.array([[1.0, 2.0], [5.0, 7.0]])


def said(actual: object, expected: object, **options: object) -> str:
    """Return the message of `assert_close`, which must fail."""
    with pytest.raises(AssertionError) as failure:
        assert_close(actual, expected, **options)
    return str(failure.value)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (E, E),
        (E + 1e-13, E),
        (E * (1 + 1e-10), E.tolist()),
        (0.25, 0.25),
        (np.float64(0.25), 0.25),
        (np.array(0.25), 0.25),
        (3, 3.0),
        (np.int32(3), 3),
        (np.array([1, 2], np.int32), np.array([1, 2], np.int64)),
        (np.array([True, False]), np.array([True, False])),
        (E.astype(np.float32) * np.float32(1 + 3e-6), E.astype(np.float32)),
        (0.1, np.float32(0.1)),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        ((E, 0.5), (E, 0.5)),
        ([E, 0.5], (E, 0.5)),
        ({"W": E, "b": 1.0}, {"b": 1.0, "W": E}),
        (np.array([np.nan, np.inf, 1.0]), np.array([np.nan, np.inf, 1.0])),
        (np.asfortranarray(E), E),
        (E[:, ::-1], E[:, ::-1].copy()),
    ],
)
def test_right_answers_pass(actual: object, expected: object) -> None:
    assert assert_close(actual, expected) is None
    assert explain(actual, expected) is None


@pytest.mark.parametrize(
    ("actual", "expected", "message"),
    [
        # type
        (None, E, "The result is None (is the return statement missing?); expected a NumPy array."),
        ("0.5", 0.5, "The result is a str; expected a number."),
        (E.tolist(), E, "The result is a list of 2 values; expected a NumPy array."),
        ((E, E), E, "The result is a tuple of 2 values; expected a NumPy array."),
        ({}, E, "The result is a dict; expected a NumPy array."),
        (np.mean, 0.5, "The result is a function (was it called?); expected a number."),
        (object(), E, "The result is an object; expected a NumPy array."),
        (1j, 1.0, "The result has dtype complex128; expected real numbers."),
        (np.array(["a", "b"]), [1.0, 2.0], "The result has dtype str"),
        (np.array([1.0, None]), [1.0, 2.0], "The result has dtype object; expected real numbers."),
        (np.array([[1.0], [1.0, 2.0]], dtype=object), [1.0, 2.0], "The result has dtype object"),
        (10**400, 1.0, "The result has dtype object"),
        # shape
        (E.T, E, "The result has shape (3, 2); expected shape (2, 3). It is transposed."),
        (E.ravel(), E, "The number of entries is right, their arrangement is not."),
        (E[:, 0], E, "The result has shape (2,); expected shape (2, 3)."),
        (1.0, E, "is a single number; expected shape (2, 3). Something was summed or averaged too"),
        (E, 1.0, "The result has shape (2, 3); expected a single number."),
        (np.ones(1), 1.0, "The result has shape (1,); expected a single number. The number of"),
        (np.ones((4, 4)), np.ones((4, 1)), "A column (n, 1) and a flat array (n,) were broadcast"),
        (np.ones((4, 4)), np.ones(4), "A column (n, 1) and a flat array (n,) were broadcast"),
        # dtype
        (E.astype(np.float32), E, "The result has dtype float32; expected float64."),
        (E, E.astype(np.float32), "The result has dtype float64; expected float32."),
        (np.array([1, 0]), [1.0, 0.0], "dtype int64; expected float64. Integer arrays drop the"),
        (np.array([1.0, 0.0]), np.array([1, 0]), "The result has dtype float64; expected int64."),
        (True, 1.0, "The result has dtype bool; expected float64."),
        (np.array([1, 0]), np.array([True, False]), "The result has dtype int64; expected bool."),
        # NaN and infinity
        (np.nan, 0.5, "The result is NaN. It comes from 0/0, 0 * infinity"),
        (-np.inf, 0.5, "The result is infinity. It comes from a division by 0, log(0) or exp of a"),
        (np.where(E > 2, np.nan, E), E, "has NaN in 1 of 6 entries, the first at index (1, 1)."),
        (
            np.where(E < 0, np.inf, E),
            E,
            "has infinity in 2 of 6 entries, the first at index (0, 1)",
        ),
        (np.array([1.0, np.nan]), [1.0, 2.0], "has NaN in 1 of 2 entries, the first at index 1."),
        # patterns
        (np.zeros((2, 3)), E, "The result is zero everywhere."),
        (0.0, 0.5, "The result is zero."),
        (SQUARE.T, SQUARE, "The result is transposed."),
        (-E, E, "The result has the wrong sign: it is the negative of what is expected."),
        (-0.5, 0.5, "The result has the wrong sign"),
        (2 * E, E, "too large by the factor 2 (the number of rows)."),
        (E / 2, E, "too small by the factor 2 (the number of rows)."),
        (E * 6, E, "too large by the factor 6 (the number of entries or twice the number of col"),
        (E / 3, E, "too small by the factor 3 (the number of columns)."),
        (E * 4, E, "too large by the factor 4 (twice the number of rows)."),
        (E * -2, E, "too large by the factor 2 (the number of rows) and of the wrong sign."),
        (E / -3, E, "too small by the factor 3 (the number of columns) and of the wrong sign."),
        (2 * E[0], E[0], "The result is too large by the factor 2."),
        (
            1.7 * E,
            E,
            "The result is off by the same factor everywhere: a constant is missing or ex",
        ),
        # anything else
        (
            E + np.array([0, 0, 1e-3]),
            E,
            "wrong in 2 of 6 entries, the first at index (0, 2). The largest rel",
        ),
        (0.7, 0.5, "The result is wrong. The largest relative error is over 10 percent."),
        (0.503, 0.5, "The result is wrong. The largest relative error is below 1e-2."),
        (
            0.5 + 1e-7,
            0.5,
            "below 1e-6. Nearly right: look for a clipped, rounded or float32 value.",
        ),
        (np.array([0.0, 1e-3]), [0.0, 0.0], "wrong in 1 of 2 entries, the first at index 1. The"),
        (1.0, np.inf, "The result is wrong."),
        # several values
        (
            E,
            (E, 1.0),
            "The result is an array of shape (2, 3); expected 2 values, as in `return a,",
        ),
        ((E,), (E, 1.0), "The result holds another number of values, 1; expected 2 values"),
        ((E, -1.0), (E, 1.0), "Value 2 of 2 has the wrong sign"),
        ((E, None), (E, 1.0), "Value 2 of 2 is None"),
        ([1.0], {"b": 1.0}, "The result is a list; expected a dict."),
        ({}, {"b": 1.0}, "The result lacks the key 'b'."),
        ({"b": 2.0}, {"b": 1.0}, "The value of 'b' is too large by the factor 2."),
        ({"b": 1.0, "c": 1.0}, {"b": 1.0}, "The result has more keys than the 1 expected."),
    ],
)
def test_message(actual: object, expected: object, message: str) -> None:
    assert message in said(actual, expected)


def test_shape_of_the_data_names_the_factor_of_a_single_number() -> None:
    assert said(2.0, 0.5, shape=(4, 3)).endswith("too large by the factor 4 (the number of rows).")
    assert said(6.0, 0.5, shape=(4, 3)).endswith("factor 12 (the number of entries).")
    assert "12 (the number of entries) and of the wrong sign" in said(-6.0, 0.5, shape=(4, 3))
    assert said(0.25, 0.5, shape=(1, 1)).endswith("too small by the factor 2.")


def test_case_stands_first() -> None:
    assert said(-1.0, 1.0, case="one row").startswith("one row: The result has the wrong sign")


def test_tolerances() -> None:
    assert_close(1.001, 1.0, rtol=1e-2)
    assert_close(0.001, 0.0, atol=1e-2)
    said(1.0 + 1e-8, 1.0)
    said(np.float32(1.0 + 1e-4), np.float32(1.0))
    said(np.array([1e-6, 1.0]), [0.0, 1.0])


class Hostile:
    """Raises whatever is done with it."""

    def __getattribute__(self, name: str) -> object:
        raise RuntimeError(name)

    def __array__(self, *args: object, **kwargs: object) -> np.ndarray:
        raise RuntimeError("array")

    def __len__(self) -> int:
        raise RuntimeError("len")


class Disguised:
    """Claims to be an array."""

    __class__ = np.ndarray


class BadList(list):
    def __len__(self) -> int:
        raise RuntimeError("len")


class Slippery(np.ndarray):
    """An array whose methods lie."""

    def astype(self, *args: object, **kwargs: object) -> np.ndarray:
        raise RuntimeError("astype")

    def __sub__(self, other: object) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return True


ODD = [
    *[Hostile(), Disguised(), BadList([1.0]), E.view(Slippery) + 1, Hostile, Slippery],
    *[..., NotImplemented, range(3), iter([1]), (x for x in [1]), b"1", bytearray(b"1")],
    *[{1.0}, [[1.0], [1.0, 2.0]], [], (), "", type, np, np.float64, NotImplementedError("x")],
    *[np.datetime64("2020-01-01"), np.array([]), np.array(None), np.zeros(3, "i4,f8")],
    *[np.array([{}, []], dtype=object), np.ma.masked, np.str_("a"), np.zeros((2,) * 20)],
    *[float("nan"), complex("nan"), 10**4000, -(2**70)],
]


@pytest.mark.parametrize("index", range(len(ODD)))
@pytest.mark.parametrize("expected", [0.5, E, np.float32(0.5), (E, 0.5), {"W": E}, np.arange(3)])
def test_odd_answers_give_an_assertion_error_and_nothing_else(index: int, expected: object) -> None:
    assert said(ODD[index], expected)


def test_a_subclass_of_array_is_read_as_a_plain_array() -> None:
    assert said((E + np.array([0, 0, 1.0])).view(Slippery), E).startswith(
        "The result is wrong in 2 of 6"
    )
    assert_close(E.view(Slippery), E)


# One wrong answer, and expected values so near each other that they fail in the same way.
WRONG = [
    (0.4, [0.7312845, 0.7312945, 0.6912845]),
    (0.0, [0.7312845, -31.5, 1e-3]),
    (np.nan, [0.7312845, 88.25]),
    (1.0, [0.7312845, 88.25, -4.5]),
    (1.0, [1.0312845, 1.0212845, 0.9712845]),
    (np.ones(3), [np.array([0.31, 7.1, -2.7]), np.array([11.2, 0.7, 3.1])]),
    (np.array([0.31, 7.1, 1.0]), [np.array([0.31, 7.1, -2.7]), np.array([0.31, 7.1, 19.0])]),
    (np.array([1.0, 2.0]), [np.array([1.7, 3.4]), np.array([31.0, 62.0])]),
]


@pytest.mark.parametrize(("actual", "expected"), WRONG)
def test_message_is_the_same_for_other_expected_values(actual: object, expected: list) -> None:
    assert len({said(actual, e) for e in expected}) == 1


def test_message_holds_no_digits_of_expected_or_actual() -> None:
    for _ in range(300):
        shape = [(), (3,), (2, 4), (5, 1)][rng.integers(4)]
        scale = 10.0 ** rng.integers(-4, 5)
        e, noise = scale * rng.normal(size=shape), scale * 10.0 ** rng.integers(-6, 2)
        a = [e + noise * rng.normal(size=shape), 1.0 * rng.integers(-3, 4, size=shape), 3 * e]
        message = said(a[rng.integers(3)], e)
        numbers = re.findall(r"[\d.]+(?:e-?\d+)?", message)
        for value in np.ravel(e):
            assert all(abs(float(n.rstrip(".") or "nan")) != abs(value) for n in numbers)
            assert f"{abs(value):.6g}"[:5] not in message
        assert all(len(n.replace(".", "")) <= 4 for n in numbers), message


def test_changed_argument() -> None:
    x = np.array([1.0, np.nan])
    before = x.copy()
    assert assert_unchanged(x, before, "x") is None
    x -= 1
    with pytest.raises(AssertionError, match=r"The call changed its argument x\. Compute a new"):
        assert_unchanged(x, before, "x")


def test_nothing_is_changed() -> None:
    a, e = E + 1, E.copy()
    said(a, e)
    assert np.array_equal(a, E + 1)
    assert np.array_equal(e, E)
