"""Gradient descent; the chapter `gradient_descent` derives every formula used here.

Conventions. Rows are samples: data `X` have shape (n, d), targets `y` (n,), and one weight belongs
to each column, `w` (d,); a column of ones in `X` makes its weight a bias. Losses are means over the
samples. A result has the dtype of `w` (float32 in, float32 out); integers count as float64.
"""

from collections.abc import Callable, Sequence
from itertools import count

import numpy as np

from solutions.arrays import above_zero, filled
from solutions.loss import (
    bce_with_logits,
    bce_with_logits_gradient,
    mse,
    mse_gradient,
)


def _rate(lr: float) -> float:
    """Return a learning rate as a float, or raise an error unless it is at least 0 and finite."""
    if not 0 <= lr < np.inf:
        raise ValueError(f"lr must be at least 0 and finite, got {lr}")
    return float(lr)


def _count(value: int, name: str, least: int) -> int:
    """Return `value` as an int, or raise an error unless it is a whole number, `least` or more."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, got {type(value).__name__}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    return int(value)


def _data(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return samples (n, d) and their targets (n,) as arrays of floats."""
    X, y = filled(X, "X"), filled(y, "y")
    if X.ndim != 2:
        raise ValueError(f"X must have shape (n, d), one row a sample, got {X.shape}")
    if y.shape != X.shape[:1]:
        raise ValueError(f"y must have shape {X.shape[:1]}, one target a row of X, got {y.shape}")
    return X, y


def _model(w: np.ndarray, X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return weights (d,), samples (n, d) and targets (n,), all of the dtype of the weights."""
    w, (X, y) = filled(w, "w"), _data(X, y)
    if w.shape != X.shape[1:]:
        raise ValueError(f"w must have shape {X.shape[1:]}, one a column of X, got {w.shape}")
    return w, X.astype(w.dtype, copy=False), y.astype(w.dtype, copy=False)


def step(w: np.ndarray, g: np.ndarray, lr: float) -> np.ndarray:
    """Return `w` after one step of gradient descent: `w - lr * g`.

    `g`, the gradient at `w`, has the shape of `w`, and `lr` is at least 0; else ValueError.
    Source: Goodfellow, Bengio, Courville, Deep Learning, section 4.3.
    """
    w, g = filled(w, "w"), filled(g, "g")
    if g.shape != w.shape:
        raise ValueError(f"g must have the shape of w, {w.shape}, got {g.shape}")
    return w - _rate(lr) * g.astype(w.dtype, copy=False)


def descend(gradient: Callable, w: np.ndarray, lr: float, steps: int) -> np.ndarray:
    """Return the path of `steps` steps of gradient descent, of shape (steps + 1, *w.shape).

    `gradient(w)` is the gradient at `w`. Entry 0 of the path is the start `w`, entry t is where
    descent stands after t steps. `lr` and `steps` are at least 0; else ValueError.
    """
    w = filled(w, "w")
    path = np.empty((_count(steps, "steps", 0) + 1, *w.shape), w.dtype)
    path[0] = w
    for t in range(steps):
        path[t + 1] = step(path[t], gradient(path[t]), lr)
    return path


def linear_loss(w: np.ndarray, X: np.ndarray, y: np.ndarray) -> np.floating:
    """Return the mean squared error of the predictions `X @ w`: X (n, d), w (d,), y (n,)."""
    w, X, y = _model(w, X, y)
    return mse(X @ w, y)


def linear_gradient(w: np.ndarray, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the gradient of `linear_loss` with respect to `w`, of shape (d,)."""
    w, X, y = _model(w, X, y)
    return X.T @ mse_gradient(X @ w, y)


def linear_curvatures(X: np.ndarray) -> np.ndarray:
    """Return the curvatures of `linear_loss`, in ascending order, of shape (d,).

    They are the eigenvalues of (2/n) XᵀX. Gradient descent converges for learning rates below 2
    over the largest.
    """
    X = filled(X, "X")
    if X.ndim != 2:
        raise ValueError(f"X must have shape (n, d), one row a sample, got {X.shape}")
    return np.linalg.eigvalsh(2 / len(X) * X.T @ X)


def logistic_loss(w: np.ndarray, X: np.ndarray, y: np.ndarray) -> np.floating:
    """Return the binary cross-entropy of the logits `X @ w`: X (n, d), w (d,), y (n,) in [0, 1]."""
    w, X, y = _model(w, X, y)
    return bce_with_logits(X @ w, y)


def logistic_gradient(w: np.ndarray, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the gradient of `logistic_loss` with respect to `w`, of shape (d,)."""
    w, X, y = _model(w, X, y)
    return X.T @ bce_with_logits_gradient(X @ w, y)


def batches(n: int, size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Return the batches of one epoch: arrays that hold each index 0 … n-1 once, in random order.

    Each batch has `size` indices; the last has the rest, 1 to `size`. `n` and `size` are at least
    1; else ValueError.
    """
    n, size = _count(n, "n", 1), _count(size, "size", 1)
    order = rng.permutation(n)
    return [order[start : start + size] for start in range(0, n, size)]


def sgd(
    gradient: Callable,
    w: np.ndarray,
    X: np.ndarray,
    y: np.ndarray,
    rates: Sequence[float],
    size: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the path of stochastic gradient descent, of shape (len(rates) + 1, *w.shape).

    Step t has the learning rate `rates[t]` and the gradient `gradient(w, X[batch], y[batch])` of
    one batch of `size` samples; where an epoch ends, the next begins. With `size = len(X)` this is
    gradient descent. `X` and `y` have n rows each, and `size` is at least 1; else ValueError.
    Source: Robbins and Monro, Annals of Mathematical Statistics 22 (1951), 400-407.
    """
    w, X, y = filled(w, "w"), filled(X, "X"), filled(y, "y")
    if len(X) != len(y):
        raise ValueError(f"X and y must have as many rows as each other, got {len(X)} and {len(y)}")
    endless = (batch for _ in count() for batch in batches(len(X), size, rng))
    path = np.empty((len(rates) + 1, *w.shape), w.dtype)
    path[0] = w
    for t, (lr, batch) in enumerate(zip(rates, endless, strict=False)):
        path[t + 1] = step(path[t], gradient(path[t], X[batch], y[batch]), lr)
    return path


def inverse_decay(lr: float, t: np.ndarray, half: float) -> np.ndarray:
    """Return the learning rate at step `t`, lr / (1 + t / half): half of `lr` at t = half.

    `t` is a number or an array of any shape. `half` is positive and `lr` at least 0; else
    ValueError.
    """
    return _rate(lr) / (1 + filled(t, "t") / above_zero(half, "half"))


def step_decay(lr: float, t: np.ndarray, every: int, factor: float = 0.5) -> np.ndarray:
    """Return the learning rate at step `t`: `lr`, multiplied by `factor` after `every` steps each.

    `t` is a number or an array of any shape. `every` is at least 1, `factor` positive and `lr` at
    least 0; else ValueError.
    """
    drops = np.floor_divide(filled(t, "t"), _count(every, "every", 1))
    return _rate(lr) * above_zero(factor, "factor") ** drops


def cosine_decay(lr: float, t: np.ndarray, steps: int) -> np.ndarray:
    """Return the learning rate at step `t` of `steps`: half a cosine from `lr` down to 0.

    `t` is a number or an array of any shape; beyond `steps` the rate stays 0. `steps` is at least 1
    and `lr` at least 0; else ValueError.
    Source: Loshchilov and Hutter, SGDR, arXiv:1608.03983.
    """
    done = np.clip(filled(t, "t") / _count(steps, "steps", 1), 0, 1)
    return _rate(lr) * (1 + np.cos(np.pi * done)) / 2


# The tasks of exercises/gradient_descent.md.


def descend_until(
    gradient: Callable, w: np.ndarray, lr: float, tolerance: float, most: int
) -> tuple[np.ndarray, int]:
    """Return where gradient descent stops, and the number of steps that it took.

    `gradient(w)` is the gradient at `w`, an array of the shape of `w`. Descent stops where the norm
    of the gradient is at most `tolerance`, and in any case after `most` steps. `lr`, `tolerance`
    and `most` are at least 0; else ValueError.
    """
    w = filled(w, "w").copy()
    if not tolerance >= 0:
        raise ValueError(f"tolerance must be at least 0, got {tolerance}")
    for t in range(_count(most, "most", 0)):
        g = gradient(w)
        if np.linalg.norm(g) <= tolerance:
            return w, t
        w = step(w, g, lr)
    return w, most


def largest_rate(X: np.ndarray) -> np.floating:
    """Return the learning rate below which gradient descent converges, and above which it diverges.

    The predictions are X w + b, with the samples `X` (n, d), weights w and a bias b. The loss is
    their mean squared error, and descent changes the weights and the bias. The result is one
    number, of the dtype of `X`. `X` has two axes; else ValueError.
    """
    X = filled(X, "X")
    if X.ndim != 2:
        raise ValueError(f"X must have shape (n, d), one row a sample, got {X.shape}")
    ones = np.ones((len(X), 1), X.dtype)
    return 2 / linear_curvatures(np.concatenate([X, ones], axis=1))[-1]


def fit_slope(x: np.ndarray, y: np.ndarray, lr: float, steps: int) -> np.floating:
    """Return the slope w of the line y = x w after `steps` steps of gradient descent from w = 0.

    `x` (n,) and `y` (n,) are flat, and the loss is the mean over the samples of (x w - y)². `lr`
    and `steps` are at least 0; else ValueError.
    """
    x, y = filled(x, "x"), filled(y, "y")
    if x.ndim != 1 or y.shape != x.shape:
        raise ValueError(f"x and y must have one shape (n,), got {x.shape} and {y.shape}")
    X, start = x[:, np.newaxis], np.zeros(1, x.dtype)
    return descend(lambda w: linear_gradient(w, X, y), start, lr, steps)[-1, 0]


def warmup_cosine(steps: int, warmup: int, high: float, low: float) -> np.ndarray:
    """Return the learning rates of `steps` steps, float64 of shape (steps,).

    They rise along a line to `high`, which step number `warmup` has, counting from 1. Then they
    fall along half a cosine to `low`, which the last step has. 0 <= warmup <= steps and
    0 <= low <= high; else ValueError.
    """
    steps, warmup = _count(steps, "steps", 1), _count(warmup, "warmup", 0)
    low, high = _rate(low), _rate(high)
    if warmup > steps:
        raise ValueError(f"warmup must be at most steps, {steps}, got {warmup}")
    if low > high:
        raise ValueError(f"low must be at most high, {high}, got {low}")
    rise = high * np.arange(1, warmup + 1) / max(warmup, 1)
    rest = steps - warmup
    fall = low + cosine_decay(high - low, np.arange(1, rest + 1), max(rest, 1)) if rest else []
    return np.concatenate([rise, fall])


def averaged_sgd(
    gradient: Callable,
    w: np.ndarray,
    X: np.ndarray,
    y: np.ndarray,
    lr: float,
    order: list[np.ndarray],
) -> np.ndarray:
    """Return the mean of the points that stochastic gradient descent visits, in the shape of `w`.

    `order` is a list of batches, each an array of row numbers, with at least one batch. Descent
    starts at `w` and takes one step for each batch, in this order, with
    `gradient(w, X[batch], y[batch])`. The mean is over the points after each step; the start does
    not count. `lr` is at least 0; else ValueError.
    Source: Polyak and Juditsky, SIAM Journal on Control and Optimization 30 (1992), 838-855.
    """
    w, X, y = filled(w, "w"), filled(X, "X"), filled(y, "y")
    if not order:
        raise ValueError("order must hold at least one batch, got none")
    total = np.zeros_like(w)
    for batch in order:
        w = step(w, gradient(w, X[batch], y[batch]), lr)
        total = total + w
    return total / len(order)


def logistic_regression(
    X: np.ndarray, y: np.ndarray, lr: float, steps: int
) -> tuple[np.ndarray, np.floating]:
    """Return the weights and the bias of a logistic regression, after `steps` steps from zeros.

    The probability of class 1 is sigmoid(X w + b); the loss is the mean binary cross-entropy.
    `X` (n, d) are samples and `y` (n,) their classes, each 0 or 1. The weights have shape (d,), the
    bias is a number, and both have the dtype of `X`. `lr` and `steps` are at least 0; else
    ValueError.
    """
    X, y = _data(X, y)
    if not ((y == 0) | (y == 1)).all():
        raise ValueError("y must hold nothing but 0 and 1")
    X1 = np.concatenate([X, np.ones((len(X), 1), X.dtype)], axis=1)
    start = np.zeros(X1.shape[1], X.dtype)
    w = descend(lambda w: logistic_gradient(w, X1, y), start, lr, steps)[-1]
    return w[:-1], w[-1]


def best_step(
    w: np.ndarray, X: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.floating, np.floating]:
    """Return gap 1, gap 2 and gap 3 of the derivation: an array of shape (d,) and two numbers.

    `w` (d,) are the weights, `X` (n, d) the samples and `y` (n,) the targets of a linear
    regression; the gradient at `w` must not be zero; else ValueError.
    """
    w, X, y = _model(w, X, y)
    g = linear_gradient(w, X, y)
    if not g.any():
        raise ValueError("the gradient at w must not be zero: no step is needed there")
    curvature = 2 * np.mean((X @ g) ** 2)
    return g, curvature, g @ g / curvature


def end_point(gradient: Callable, w: np.ndarray, tolerance: float = 1e-3, h: float = 1e-4) -> str:
    """Return what `w` is: "moving", "minimum", "maximum", "saddle" or "unclear".

    `gradient(w)` is the gradient at `w`, and both have shape (d,). "moving" means that its norm is
    above `tolerance`. If it is not, the curvatures decide: "minimum" if all are above `tolerance`,
    "maximum" if all are below minus `tolerance`, "saddle" if there are some of either kind, and
    "unclear" otherwise. Curvatures come from central differences of the gradient with the width
    `h`. `tolerance` and `h` are positive; else ValueError.
    """
    w = filled(w, "w")
    if w.ndim != 1:
        raise ValueError(f"w must have shape (d,), got {w.shape}")
    tolerance, h = above_zero(tolerance, "tolerance"), above_zero(h, "h")
    if np.linalg.norm(gradient(w)) > tolerance:
        return "moving"
    nudges = h * np.eye(len(w))
    H = np.array([gradient(w + nudge) - gradient(w - nudge) for nudge in nudges]) / (2 * h)
    curvatures = np.linalg.eigvalsh((H + H.T) / 2)
    up, down = curvatures > tolerance, curvatures < -tolerance
    if up.all():
        return "minimum"
    if down.all():
        return "maximum"
    return "saddle" if up.any() and down.any() else "unclear"
