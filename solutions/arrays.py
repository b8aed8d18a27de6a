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
