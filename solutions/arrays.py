"""What several topics ask of an array that they are given."""

import numpy as np


def floats(value: np.ndarray, name: str) -> np.ndarray:
    """Return `value` as an array of floats; integers and truth values become float64.

    Raises ValueError for rows of unequal length and TypeError for anything but real numbers; the
    message names the argument, `name`.
    """
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{name} must be a rectangular array, got rows of unequal length"
        ) from None
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must hold real numbers, got dtype {array.dtype}")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def filled(value: np.ndarray, name: str) -> np.ndarray:
    """Return `floats(value, name)`, or raise ValueError where it is empty."""
    array = floats(value, name)
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {array.shape}")
    return array


def above_zero(value: float, name: str) -> float:
    """Return `value` as a float, or raise ValueError unless it is positive and finite."""
    if not 0 < value < np.inf:
        raise ValueError(f"{name} must be positive and finite, got {value}")
    return float(value)
