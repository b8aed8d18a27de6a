"""The functions of solutions/gradient_descent.py that only the exercises use."""

import re

import numpy as np
import pytest
from conftest import ROOT
from numeric import central_differences, relative_error

from solutions.gradient_descent import (
    averaged_sgd,
    batches,
    best_step,
    cosine_decay,
    descend,
    descend_until,
    end_point,
    fit_slope,
    largest_rate,
    linear_gradient,
    linear_loss,
    logistic_loss,
    logistic_regression,
    sgd,
    warmup_cosine,
)

rng = np.random.default_rng(20240602)
SIZES = [(1, 1), (6, 1), (5, 3), (3, 5), (30, 4)]


def test_descend_until_stops_at_the_first_small_gradient() -> None:
    center = rng.normal(size=(2, 3))
    path = descend(lambda w: 3 * (w - center), np.zeros((2, 3)), 0.1, 60)
    norms = np.array([np.linalg.norm(3 * (w - center)) for w in path])
    for tolerance in (10.0, 1.0, 1e-3):
        w, steps = descend_until(lambda w: 3 * (w - center), path[0], 0.1, tolerance, 60)
        assert steps == np.argmax(norms <= tolerance)
        assert np.array_equal(w, path[steps])
    w, steps = descend_until(lambda w: 3 * (w - center), path[0], 0.1, 0.0, 7)
    assert steps == 7
    assert np.array_equal(w, path[7])


def test_descend_until_returns_a_copy_of_the_start() -> None:
    start = np.zeros(2)
    w, steps = descend_until(lambda w: w, start, 0.1, 0.0, 5)
    assert steps == 0
    assert not np.shares_memory(w, start)


def bias_loss(theta: np.ndarray, X: np.ndarray, y: np.ndarray) -> np.floating:
    return np.mean((X @ theta[:-1] + theta[-1] - y) ** 2)


@pytest.mark.parametrize(("n", "d"), SIZES)
def test_largest_rate_is_the_threshold_of_a_model_with_a_bias(n: int, d: int) -> None:
    X, y = 1 + rng.normal(size=(n, d)), rng.normal(size=n)

    def gradient(theta: np.ndarray) -> np.ndarray:
        e = 2 * (X @ theta[:-1] + theta[-1] - y) / n
        return np.append(X.T @ e, e.sum())

    start = rng.normal(size=d + 1)
    true = central_differences(lambda theta: bias_loss(theta, X, y), start)
    assert relative_error(gradient(start), true) <= 1e-7
    for factor, falls in ((0.98, True), (1.02, False)):
        path = descend(gradient, start, factor * largest_rate(X), 600)
        assert (bias_loss(path[600], X, y) <= bias_loss(path[300], X, y)) == falls


def test_fit_slope() -> None:
    x, y = rng.normal(size=(2, 8))
    best, curvature = x @ y / (x @ x), 2 * np.mean(x**2)
    for steps in (0, 1, 5, 1000):
        expected = best * (1 - (1 - 0.2 * curvature) ** steps)
        assert fit_slope(x, y, 0.2, steps) == pytest.approx(expected, rel=1e-12)


def colleagues_fit_slope() -> object:
    """Return the function that task 3 shows."""
    text = (ROOT / "exercises" / "gradient_descent.md").read_text("utf-8")
    namespace = {"np": np}
    exec(re.search(r"```python\n(def fit_slope.*?)```", text, re.S)[1], namespace)
    return namespace["fit_slope"]


def test_code_of_task_3_is_right_by_luck() -> None:
    lucky, text = colleagues_fit_slope(), (ROOT / "exercises" / "gradient_descent.md").read_text()
    visible = re.search(r":check: fit_slope\n:points: \d\n(.*?)### BEGIN", text, re.S)[1]
    namespace = {"np": np, "fit_slope": lucky}
    exec("from checks import assert_close\n" + visible, namespace)
    x = np.array([1.0, -2.0, -3.0])
    assert abs(lucky(x, 2 * x, 0.05, 300)) > 1e12
    assert fit_slope(x, 2 * x, 0.05, 300) == pytest.approx(2)
    assert lucky(x, 2 * x, 1e-5, 5000) < -0.1  # with a tiny rate, too, the slope goes the wrong way


def test_gradient_of_task_3_against_central_differences() -> None:
    """The article's example: without the input factor the relative error is not small."""
    for n in (1, 3, 10):
        x, y, w = rng.normal(size=n), rng.normal(size=n), rng.normal(size=1)
        true = central_differences(lambda w, x=x, y=y: np.mean((y - x * w) ** 2), w)
        first = fit_slope(x, y - w * x, 1.0, 1)  # the first step from 0 is minus the gradient
        assert relative_error(-np.array([first]), true) <= 1e-7
        assert relative_error(np.array([np.mean(-2 * (y - x * w))]), true) > 0.01


def test_warmup_cosine() -> None:
    rates = warmup_cosine(100, 20, 0.5, 0.1)
    assert rates.shape == (100,)
    assert rates[:20] == pytest.approx(0.5 / 20 * np.arange(1, 21))
    assert rates[59] == pytest.approx(0.3)
    assert rates[-1] == pytest.approx(0.1)
    assert np.argmax(rates) == 19
    assert np.all(np.diff(rates[19:]) < 0)
    assert warmup_cosine(9, 0, 0.3, 0.0) == pytest.approx(cosine_decay(0.3, np.arange(1, 10), 9))
    assert warmup_cosine(2, 2, 1.0, 0.5).tolist() == [0.5, 1.0]
    assert warmup_cosine(1, 0, 1.0, 0.5).tolist() == [0.5]


def test_averaged_sgd() -> None:
    w, X, y = rng.normal(size=3), rng.normal(size=(12, 3)), rng.normal(size=12)
    order = batches(12, 5, np.random.default_rng(4))
    path = sgd(linear_gradient, w, X, y, [0.1] * 3, 5, np.random.default_rng(4))
    expected = path[1:].mean(axis=0)
    assert averaged_sgd(linear_gradient, w, X, y, 0.1, order) == pytest.approx(expected)


def test_the_mean_of_a_noisy_path_is_better_than_its_end() -> None:
    X = rng.normal(size=(200, 3))
    y = X @ [1.0, -2.0, 3.0] + rng.normal(size=200)
    w = np.linalg.lstsq(X, y, rcond=None)[0]
    order = [batch for _ in range(10) for batch in batches(200, 1, rng)]
    mean = averaged_sgd(linear_gradient, w, X, y, 0.05, order)
    path = [w]
    for batch in order:
        path.append(path[-1] - 0.05 * linear_gradient(path[-1], X[batch], y[batch]))
    typical = np.median([linear_loss(point, X, y) for point in path[200:]])
    least = linear_loss(w, X, y)
    assert linear_loss(mean, X, y) - least < 0.1 * (typical - least)


@pytest.mark.parametrize(("n", "d"), SIZES)
def test_logistic_regression(n: int, d: int) -> None:
    X, y = 1 + rng.normal(size=(n, d)), 1.0 * rng.integers(0, 2, size=n)
    theta = np.zeros(d + 1)
    X1 = np.column_stack([X, np.ones(n)])
    for steps in range(4):
        w, b = logistic_regression(X, y, 0.3, steps)
        assert np.append(w, b) == pytest.approx(theta, abs=1e-8)
        theta = theta - 0.3 * central_differences(lambda t: logistic_loss(t, X1, y), theta)


def test_logistic_regression_of_large_features_is_finite() -> None:
    X, y = np.array([[1000.0], [-1000.0], [500.0]]), np.array([0.0, 1.0, 0.0])
    with np.errstate(all="raise", under="ignore"):
        w, b = logistic_regression(X, y, 1.0, 10)
    assert np.isfinite(w).all()
    assert np.isfinite(b)


@pytest.mark.parametrize(("n", "d"), SIZES)
def test_best_step(n: int, d: int) -> None:
    w, X, y = rng.normal(size=d), rng.normal(size=(n, d)), rng.normal(size=n)
    g, curvature, lr = best_step(w, X, y)
    assert relative_error(g, central_differences(lambda w: linear_loss(w, X, y), w)) <= 1e-7

    def along(eta: np.ndarray) -> np.floating:
        return linear_loss(w - eta[0] * g, X, y)

    slope = central_differences(along, np.zeros(1))[0]
    assert slope == pytest.approx(-(g @ g), rel=1e-7)
    assert central_differences(along, np.array([lr]))[0] == pytest.approx(0, abs=1e-7 * -slope)
    second = along(np.array([1.0])) - 2 * along(np.zeros(1)) + along(np.array([-1.0]))
    assert second == pytest.approx(curvature, rel=1e-9)


@pytest.mark.parametrize(
    ("curvatures", "word"),
    [
        ([1, 2, 3], "minimum"),
        ([-1, -2, -3], "maximum"),
        ([1, 2, -3], "saddle"),
        ([1, 0, -3], "saddle"),
        ([1, 0, 3], "unclear"),
        ([-1, 0, -3], "unclear"),
        ([0, 0, 0], "unclear"),
    ],
)
def test_end_point(curvatures: list[float], word: str) -> None:
    Q = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    H, center = Q * np.array(curvatures, float) @ Q.T, rng.normal(size=3)
    assert end_point(lambda w: H @ (w - center), center) == word
    if any(curvatures):
        away = center + Q @ np.ones(3)
        assert end_point(lambda w: H @ (w - center), away) == "moving"


@pytest.mark.parametrize(
    ("curvature", "word"), [(0.11, "minimum"), (0.09, "unclear"), (-0.09, "unclear")]
)
def test_end_point_compares_the_curvature_itself(curvature: float, word: str) -> None:
    assert end_point(lambda w: curvature * w, np.zeros(2), tolerance=0.1) == word
    assert end_point(lambda w: curvature * w, np.zeros(2), tolerance=0.1, h=0.5) == word


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_and_arguments_stay(dtype: type) -> None:
    w, X, y = (rng.normal(size=s).astype(dtype) for s in (2, (4, 2), 4))
    before = w.copy(), X.copy(), y.copy()
    order = [np.array([0, 3]), np.array([1])]
    assert descend_until(lambda w: w, w, 0.1, 0.1, 3)[0].dtype == dtype
    assert largest_rate(X).dtype == dtype
    assert fit_slope(X[:, 0], y, 0.1, 3).dtype == dtype
    assert averaged_sgd(linear_gradient, w, X, y, 0.1, order).dtype == dtype
    assert [r.dtype for r in logistic_regression(X, 1 * (y > 0), 0.1, 2)] == [dtype] * 2
    assert [r.dtype for r in best_step(w, X, y)] == [dtype] * 3
    for now, then in zip((w, X, y), before, strict=True):
        assert np.array_equal(now, then)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: descend_until(np.sign, [1.0], 0.1, -1.0, 5), "tolerance must be at least 0, got"),
        (lambda: descend_until(np.sign, [1.0], 0.1, np.nan, 5), "tolerance must be .* got nan"),
        (lambda: descend_until(np.sign, [1.0], 0.1, 1.0, -5), "most must be at least 0, got -5"),
        (lambda: largest_rate([1.0, 2.0]), r"X must have shape \(n, d\), .* got \(2,\)"),
        (lambda: fit_slope([[1.0]], [[1.0]], 0.1, 1), r"x and y must have one shape \(n,\), got"),
        (lambda: fit_slope([1.0], [1.0, 2.0], 0.1, 1), r"x and y must have one shape \(n,\), got"),
        (lambda: fit_slope([1.0], [1.0], -0.1, 1), "lr must be at least 0 and finite, got -0.1"),
        (lambda: warmup_cosine(3, 4, 1.0, 0.0), "warmup must be at most steps, 3, got 4"),
        (lambda: warmup_cosine(0, 0, 1.0, 0.0), "steps must be at least 1, got 0"),
        (lambda: warmup_cosine(3, 1, 0.5, 1.0), "low must be at most high, 0.5, got 1.0"),
        (
            lambda: averaged_sgd(linear_gradient, [1.0], [[1.0]], [1.0], 0.1, []),
            "order must hold at least one batch, got none",
        ),
        (lambda: logistic_regression([[1.0]], [0.5], 0.1, 1), "y must hold nothing but 0 and 1"),
        (lambda: logistic_regression([[1.0]], [1.0], 0.1, -1), "steps must be at least 0, got -1"),
        (lambda: best_step([1.0], [[1.0]], [1.0]), "the gradient at w must not be zero"),
        (lambda: end_point(np.sign, [[1.0]]), r"w must have shape \(d,\), got \(1, 1\)"),
        (lambda: end_point(np.sign, [1.0], 0.0), "tolerance must be positive and finite, got 0.0"),
        (lambda: end_point(np.sign, [1.0], 1.0, -1.0), "h must be positive and finite, got -1.0"),
    ],
)
def test_bad_arguments_are_an_error(call, message) -> None:  # noqa: ANN001
    with pytest.raises(ValueError, match=message):
        call()
