"""What topics ask of an array that they are given."""

import numpy as np
import pytest

from solutions.arrays import above_zero, filled, floats


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_floats_stay_what_they_are(dtype: str) -> None:
    value = np.ones(3, dtype)
    assert floats(value, "x") is value


@pytest.mark.parametrize("value", [[1, 2], np.arange(3, dtype="u1"), [True, False], 3])
def test_integers_and_truth_values_become_float64(value: object) -> None:
    result = floats(value, "x")
    assert result.dtype == np.float64
    np.testing.assert_array_equal(result, value)


def test_what_is_no_array_of_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^x must be a rectangular array, got rows of unequal"):
        floats([[1, 2], [3]], "x")
    for value in (["a"], [1j], [None]):
        with pytest.raises(TypeError, match=r"^x must hold real numbers, got dtype"):
            floats(value, "x")


def test_an_empty_array_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^x must not be empty, got shape \(0, 2\)$"):
        filled(np.ones((0, 2)), "x")
    np.testing.assert_array_equal(filled([1, 2], "x"), [1.0, 2.0])


def test_a_setting_is_positive_and_finite() -> None:
    assert above_zero(np.float32(2), "h") == 2.0
    for value in (0, -1, float("inf"), float("nan")):
        with pytest.raises(ValueError, match=r"^h must be positive and finite, got"):
            above_zero(value, "h")
