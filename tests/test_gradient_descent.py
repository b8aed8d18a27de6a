"""Gradient descent: gradients, thresholds, end points, batches, the articles' numbers, errors."""

import inspect

import numpy as np
import pytest
from numeric import ROOT, Gradient, central_differences, relative_error, run

from solutions import gradient_descent
from solutions.gradient_descent import (
    batches,
    cosine_decay,
    descend,
    inverse_decay,
    linear_curvatures,
    linear_gradient,
    linear_loss,
    logistic_gradient,
    logistic_loss,
    sgd,
    step,
    step_decay,
)
from solutions.loss import sigmoid

rng = np.random.default_rng(20240601)
SIZES = [(1, 1), (2, 2), (5, 3), (3, 6), (20, 4)]
LINES = [(rng.normal(size=d), (rng.normal(size=(n, d)), rng.normal(size=n))) for n, d in SIZES]
CLASSES = [(w, (X, 1.0 * (y > 0))) for w, (X, y) in LINES]
NUMBERS = [(rng.normal(size=1), c) for c in (0.3, 2.0, 11.0)]
PAIRS_OF_NUMBERS = [(rng.normal(size=2), None) for _ in range(3)]


def bce(z: np.ndarray, y: np.ndarray) -> np.floating:
    p = 1 / (1 + np.exp(-z))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


# For each gradient equation of chapters/gradient_descent.md: its LaTeX, the function, the
# right-hand side as displayed, the function of solutions, and points (w, other arguments).
GRADIENTS = {
    "eq-gradient-descent-bowl": Gradient(
        r"\frac{d}{dw}\,\frac c2\,w^2=c\,w",
        lambda w, c: np.sum(c / 2 * w**2),
        lambda w, c: c * w,
        None,
        NUMBERS,
    ),
    "eq-gradient-descent-linear-weight": Gradient(
        r"\frac{\partial L}{\partial w_j}=\frac2n\sum_{i=1}^n(\hat y_i-y_i)\,X_{ij}",
        lambda w, data: np.sum((data[0] @ w - data[1]) ** 2) / len(data[1]),
        lambda w, data: 2 / len(data[1]) * np.sum((data[0] @ w - data[1])[:, None] * data[0], 0),
        lambda w, data: linear_gradient(w, *data),
        LINES,
    ),
    "eq-gradient-descent-linear": Gradient(
        r"\frac{\partial L}{\partial w}=\frac2n\,X^\top(Xw-y)",
        lambda w, data: np.sum((data[0] @ w - data[1]) ** 2) / len(data[1]),
        lambda w, data: 2 / len(data[1]) * data[0].T @ (data[0] @ w - data[1]),
        lambda w, data: linear_gradient(w, *data),
        LINES,
    ),
    "eq-gradient-descent-saddle": Gradient(
        r"\nabla\,(w_1^2-w_2^2)=(2w_1,\;-2w_2)",
        lambda w, _: w[0] ** 2 - w[1] ** 2,
        lambda w, _: np.array([2 * w[0], -2 * w[1]]),
        None,
        PAIRS_OF_NUMBERS,
    ),
    "eq-gradient-descent-wells": Gradient(
        r"\frac{d}{dw}\Bigl((w^2-1)^2+\frac w2\Bigr)=4w\,(w^2-1)+\frac12",
        lambda w, _: np.sum((w**2 - 1) ** 2 + w / 2),
        lambda w, _: 4 * w * (w**2 - 1) + 1 / 2,
        None,
        NUMBERS,
    ),
    "eq-gradient-descent-logistic": Gradient(
        r"\frac{\partial L}{\partial w}=\frac1n\,X^\top\bigl(\sigma(Xw)-y\bigr)",
        lambda w, data: bce(data[0] @ w, data[1]),
        lambda w, data: 1 / len(data[1]) * data[0].T @ (sigmoid(data[0] @ w) - data[1]),
        lambda w, data: logistic_gradient(w, *data),
        CLASSES,
    ),
}


class SameOrder:
    """In the place of a Generator: an order that both functions compared get alike."""

    def permutation(self, n: int) -> np.ndarray:
        return np.random.default_rng(n).permutation(n)


# Arguments on which the functions spelled out in the chapter must equal those of solutions.
SAME = {
    "step": [(w, w**2 - 1, 0.3) for w, _ in LINES],
    "descend": [(lambda w: w**3 - w, w, 0.1, t) for t, (w, _) in enumerate(LINES)],
    "linear_loss": [(w, *data) for w, data in LINES],
    "linear_gradient": [(w, *data) for w, data in LINES],
    "logistic_gradient": [(w, *data) for w, data in CLASSES],
    "batches": [(n, size, SameOrder()) for n, size in [(1, 1), (6, 3), (8, 2), (5, 5), (4, 9)]],
    "sgd": [
        (linear_gradient, w, *data, [0.1, 0.05, 0.02, 0.1, 0.03], 2, SameOrder())
        for w, data in LINES
    ],
}

PAIRS = [(linear_loss, linear_gradient, LINES), (logistic_loss, logistic_gradient, CLASSES)]
each_pair = pytest.mark.parametrize(
    ("f", "gradient", "points"), PAIRS, ids=[f.__name__ for f, _, _ in PAIRS]
)

# The data of the articles' linear and logistic regression; with these, their numbers come out.
X, Y, LABELS = np.array([[1.0, 2.0], [4.0, 5.0]]), np.array([3.0, 7.0]), np.array([0.0, 1.0])


def double(w: np.ndarray) -> np.ndarray:
    """The gradient of the sum of the squares."""
    return 2 * w


@each_pair
def test_gradient_of_the_loss_itself(f, gradient, points) -> None:  # noqa: ANN001
    for w, data in points:
        true = central_differences(lambda w, data=data: f(w, *data), w)
        assert relative_error(gradient(w, *data), true) <= 1e-7


def test_curvatures_are_those_of_the_loss() -> None:
    for w, (A, y) in LINES:
        H = [
            central_differences(lambda w, A=A, y=y, k=k: linear_gradient(w, A, y)[k], w)
            for k in range(len(w))
        ]
        assert linear_curvatures(A) == pytest.approx(np.linalg.eigvalsh(H), abs=1e-7)


def test_down_and_up() -> None:
    assert step(np.array([1.0, -2.0]), np.array([2.0, 4.0]), 0.25).tolist() == [0.5, -3.0]
    assert descend(double, np.array(1.0), 0.1, 20)[-1] == pytest.approx(0.8**20)
    up = descend(lambda w: -2 * w, np.array(1.0), 0.1, 20)
    assert round(float(up[-1]), 1) == 38.3


@pytest.mark.parametrize(("lr", "end"), [(0.9, "2e-10"), (1.0, "1e+00"), (1.1, "8e+07")])
def test_threshold_of_the_square(lr: float, end: str) -> None:
    assert f"{abs(descend(double, np.array([1.0]), lr, 100)[-1, 0]):.0e}" == end


def test_path_has_the_start_and_every_step() -> None:
    w = np.array([[4.0, -8.0]])
    assert descend(double, w, 0.25, 2).tolist() == [[[4, -8]], [[2, -4]], [[1, -2]]]
    assert descend(double, w, 0.25, 0).tolist() == [[[4, -8]]]


def test_two_over_the_largest_curvature_is_the_threshold() -> None:
    for w, (A, y) in LINES:
        threshold = 2 / linear_curvatures(A)[-1]
        for factor, falls in ((0.98, True), (1.02, False)):
            path = descend(lambda w, A=A, y=y: linear_gradient(w, A, y), w, factor * threshold, 600)
            later = [linear_loss(path[t], A, y) for t in (300, 600)]
            assert (later[1] <= later[0]) == falls


def test_each_step_lowers_the_loss_by_what_the_bound_says() -> None:
    for w, (A, y) in CLASSES:
        most = np.linalg.eigvalsh(A.T @ A / (4 * len(A)))[-1]
        for factor in (0.1, 1.0, 1.9):
            lr, before, g = factor / most, logistic_loss(w, A, y), logistic_gradient(w, A, y)
            bound = before - lr * (1 - lr * most / 2) * g @ g
            assert logistic_loss(step(w, g, lr), A, y) <= bound + 1e-12 < before


def test_linear_regression_of_the_articles() -> None:
    path = descend(lambda w: linear_gradient(w, X, Y), np.zeros(2), 0.01, 20_000)
    assert path[-1] == pytest.approx([-1 / 3, 5 / 3], abs=1e-12)
    assert np.linalg.solve(X.T @ X, X.T @ Y) == pytest.approx([-1 / 3, 5 / 3], abs=1e-12)
    assert f"{2 / linear_curvatures(X)[-1]:.4f}" == "0.0437"
    assert f"{linear_loss(path[1000], X, Y):.1e}" == "3.1e-03"
    assert linear_loss(path[20_000], X, Y) < 1e-26


def test_linear_regression_of_the_articles_without_the_input_factor() -> None:
    start = np.random.RandomState(0).random_sample(2)
    path = descend(lambda w: -2 * (Y - X @ w), start, 0.01, 1000)
    losses = [linear_loss(path[t], X, Y) for t in (10, 100, 1000)]
    assert [f"{loss:.3g}" for loss in losses] == ["0.203", "0.988", "1.65e+07"]
    g, wrong = linear_gradient(path[0], X, Y), -2 * (Y - X @ path[0])
    assert relative_error(wrong, g) > 0.5


def test_logistic_regression_of_the_articles() -> None:
    w = descend(lambda w: logistic_gradient(w, X, LABELS), np.zeros(2), 0.1, 1000)[-1]
    assert w.round(3).tolist() == [5.274, -3.603]
    assert sigmoid(X @ w).round(3).tolist() == [0.127, 0.956]


def test_saddle_and_kink() -> None:
    on, beside = (
        descend(lambda w: w * [2.0, -2.0], np.array(w), 0.1, 200)[-1]
        for w in ([1.0, 0.0], [1.0, 1e-6])
    )
    assert np.abs(on).max() < 1e-15
    assert abs(beside[1]) > 1e6
    ends = descend(np.sign, np.array(0.25), 0.1, 1001)[-2:]
    assert np.abs(ends) == pytest.approx(0.05)
    assert np.sign(ends).sum() == 0


def test_batches_deal_out_every_index_once() -> None:
    generator = np.random.default_rng(5)
    for n, size in [(1, 1), (10, 3), (12, 4), (7, 100)]:
        dealt = batches(n, size, generator)
        assert sorted(np.concatenate(dealt)) == list(range(n))
        assert [len(batch) for batch in dealt[:-1]] == [size] * ((n - 1) // size)
        assert 1 <= len(dealt[-1]) <= size
    first, second = (np.concatenate(batches(50, 7, generator)) for _ in range(2))
    assert first.tolist() != second.tolist()
    assert first.tolist() != list(range(50))
    again = [np.concatenate(batches(50, 7, np.random.default_rng(1))) for _ in range(2)]
    assert again[0].tolist() == again[1].tolist()


def test_the_mean_of_the_batch_gradients_of_an_epoch_is_the_gradient() -> None:
    A, y, w = rng.normal(size=(12, 3)), rng.normal(size=12), rng.normal(size=3)
    dealt = batches(12, 4, rng)
    mean = np.mean([linear_gradient(w, A[batch], y[batch]) for batch in dealt], axis=0)
    assert mean == pytest.approx(linear_gradient(w, A, y))


def test_sgd_with_all_samples_is_descent() -> None:
    for w, (A, y) in LINES:
        expected = descend(lambda w, A=A, y=y: linear_gradient(w, A, y), w, 0.05, 7)
        path = sgd(linear_gradient, w, A, y, np.full(7, 0.05), len(A), rng)
        assert path == pytest.approx(expected, rel=1e-12)


def test_sgd_sees_every_sample_once_an_epoch_and_uses_its_rates() -> None:
    seen = []

    def gradient(w: np.ndarray, A: np.ndarray, y: np.ndarray) -> np.ndarray:
        assert np.array_equal(A[:, 0], y)
        seen.append(y)
        return np.ones_like(w)

    y = np.arange(10.0)
    path = sgd(gradient, np.zeros(1), y[:, None], y, [0.5, 0.25, 0.125, 1, 1, 1, 1, 1], 3, rng)
    assert path[:4, 0].tolist() == [0, -0.5, -0.75, -0.875]
    assert [len(batch) for batch in seen] == [3, 3, 3, 1] * 2
    for epoch in (seen[:4], seen[4:]):
        assert sorted(np.concatenate(epoch)) == y.tolist()
    assert sgd(gradient, np.zeros(1), y[:, None], y, [], 3, rng).tolist() == [[0]]


def test_schedules() -> None:
    t = np.array([0, 5, 10, 30])
    assert inverse_decay(0.4, t, 10) == pytest.approx([0.4, 0.4 / 1.5, 0.2, 0.1])
    assert step_decay(0.4, t, 10) == pytest.approx([0.4, 0.4, 0.2, 0.05])
    assert step_decay(0.4, np.array([9, 10, 19, 20]), 10, 0.1) == pytest.approx(
        [0.4, 0.04, 0.04, 0.004]
    )
    assert cosine_decay(0.4, t, 10) == pytest.approx([0.4, 0.2, 0, 0], abs=1e-15)
    assert cosine_decay(0.4, 20, 10) == pytest.approx(0, abs=1e-15)  # it does not rise again
    assert cosine_decay(1.0, 2, 8) == pytest.approx((1 + np.sqrt(0.5)) / 2)
    for decay in (inverse_decay, step_decay, cosine_decay):
        rates = decay(0.3, np.arange(40), 40)
        assert rates.shape == (40,)
        assert np.all(np.diff(rates) <= 0)
        assert decay(0.3, 7, 40) == rates[7]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_in_is_dtype_out(dtype: type) -> None:
    for f, gradient, points in PAIRS:
        for w, data in points:
            assert f(w.astype(dtype), *data).dtype == dtype
            assert gradient(w.astype(dtype), *data).dtype == dtype
            path = descend(lambda w, d=data, g=gradient: g(w, *d), w.astype(dtype), 0.1, 3)
            assert path.dtype == dtype
            assert sgd(gradient, w.astype(dtype), *data, [0.1], 2, rng).dtype == dtype
            assert linear_curvatures(data[0].astype(dtype)).dtype == dtype
    assert step(w.astype(dtype), w, np.float64(0.1)).dtype == dtype
    assert step([1, 2], [1, 1], 0.5).dtype == np.float64


def test_arguments_are_left_as_they_were() -> None:
    for w, (A, y) in LINES:
        before = w.copy(), A.copy(), y.copy()
        sgd(linear_gradient, w, A, y, [0.1] * 3, 1, rng)
        descend(lambda w, A=A, y=y: linear_gradient(w, A, y), w, 0.1, 3)
        step(w, w, 0.1)
        for now, then in zip((w, A, y), before, strict=True):
            assert np.array_equal(now, then)


@pytest.mark.parametrize("f", [linear_loss, linear_gradient, logistic_loss, logistic_gradient])
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((np.zeros(2), np.zeros(2), [0, 1]), ValueError, r"X must have shape \(n, d\).* got \(2,"),
        ((np.zeros(3), X, [0, 1]), ValueError, r"w must have shape \(2,\), .* got \(3,\)"),
        ((np.zeros((2, 1)), X, [0, 1]), ValueError, r"w must have shape \(2,\), .* got \(2, 1\)"),
        ((np.zeros(2), X, [[0], [1]]), ValueError, r"y must have shape \(2,\), .* got \(2, 1\)"),
        ((np.zeros(2), X, [1]), ValueError, r"y must have shape \(2,\), .* got \(1,\)"),
        ((np.zeros(2), np.zeros((0, 2)), []), ValueError, r"X must not be empty, got shape"),
        ((["a", "b"], X, [0, 1]), TypeError, "w must hold real numbers, got dtype <U1"),
    ],
)
def test_bad_data_are_an_error(f, arguments, error, message) -> None:  # noqa: ANN001
    with pytest.raises(error, match=message):
        f(*arguments)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: step([1.0], [[1.0]], 0.1), ValueError, r"g must have the shape of w, \(1,\), got"),
        (lambda: step([1.0], [1.0], -0.1), ValueError, "lr must be at least 0 and finite, got -0"),
        (lambda: step([1.0], [1.0], np.nan), ValueError, "lr must be at least 0 .* got nan"),
        (lambda: descend(double, [1.0], np.inf, 1), ValueError, "lr must be .* finite, got inf"),
        (lambda: descend(double, [1.0], 0.1, -1), ValueError, "steps must be at least 0, got -1"),
        (lambda: descend(double, [1.0], 0.1, 2.0), TypeError, "steps must be an integer, got flo"),
        (lambda: descend(lambda w: w[0], [1.0], 0.1, 1), ValueError, "g must have the shape of w"),
        (lambda: linear_curvatures([1.0]), ValueError, r"X must have shape \(n, d\)"),
        (lambda: batches(0, 1, rng), ValueError, "n must be at least 1, got 0"),
        (lambda: batches(5, 0, rng), ValueError, "size must be at least 1, got 0"),
        (lambda: batches(5, True, rng), TypeError, "size must be an integer, got bool"),
        (
            lambda: sgd(linear_gradient, np.zeros(2), X, [1.0], [0.1], 1, rng),
            ValueError,
            "X and y must have as many rows as each other, got 2 and 1",
        ),
        (lambda: inverse_decay(0.1, 1, 0), ValueError, "half must be positive and finite, got 0"),
        (lambda: step_decay(0.1, 1, 0), ValueError, "every must be at least 1, got 0"),
        (lambda: step_decay(0.1, 1, 5, -1.0), ValueError, "factor must be positive .* got -1"),
        (lambda: cosine_decay(0.1, 1, 0), ValueError, "steps must be at least 1, got 0"),
        (lambda: cosine_decay(-0.1, 1, 5), ValueError, "lr must be at least 0 and finite, got -0"),
        (lambda: logistic_loss([1.0], [[1.0]], [2.0]), ValueError, r"y must lie in \[0, 1\]"),
    ],
)
def test_bad_settings_are_an_error(call, error, message) -> None:  # noqa: ANN001
    with pytest.raises(error, match=message):
        call()


def test_what_the_chapter_prints() -> None:
    chapter = run(ROOT / "chapters" / "gradient_descent.md")
    for said in (
        "20 steps from 1.0 along the gradient:       38.3",
        "  0.9         -0.80      2e-10",
        "  1.0         -1.00      1e+00",
        "  1.1         -1.20      8e+07",
        "threshold by experiment: 0.0437",
        "2 / largest:  0.0437",
        "loss after  1,000 steps: 3.1e-03",
        "solved: [-0.33333333  1.66666667]",
        "given losses ['0.145000', '0.102934', '0.000000'] moved 12",
        "zeros losses ['0.500000', '0.405000', '0.000013'] moved 1",
        "1,000 steps: w [ 5.274 -3.603], p [0.127 0.956]",
    ):
        assert said in chapter.printed, said
    assert np.array_equal(chapter.names["X"], X)
    assert np.array_equal(chapter.names["y"], Y)


def test_what_the_chapter_says_about_its_figures() -> None:
    """Whole batches go on falling slowly, batches of 32 get lower, and single samples level off."""
    names = run(ROOT / "chapters" / "gradient_descent.md").names
    A, b, excess = names["A"], names["b"], names["excess"]
    after = {}
    for size, lr in ((1000, 0.35), (32, 0.05), (1, 0.01)):
        epoch = -(-1000 // size)
        generator = np.random.default_rng(0)
        path = sgd(linear_gradient, np.zeros(5), A, b, np.full(10 * epoch, lr), size, generator)
        after[size] = excess(path[::epoch])
    assert after[1][1] < after[32][1] < after[1000][1]
    assert after[32][10] < after[1][10] < after[1000][10]
    ends = {}
    for name, rates in names["schedules"].items():
        path = sgd(linear_gradient, np.zeros(5), A, b, rates, 1, np.random.default_rng(0))
        ends[name] = np.median(excess(path[-500:]))
    assert max(ends["inverse"], ends["steps"], ends["cosine"]) < ends["constant"] / 5


def test_every_public_function_has_types_and_says_shapes() -> None:
    public = [
        f
        for name, f in vars(gradient_descent).items()
        if inspect.isfunction(f) and f.__module__ == "solutions.gradient_descent" and name[0] != "_"
    ]
    assert len(public) == 20
    for f in public:
        assert len(f.__doc__.split()) >= 10, f.__name__
        assert f.__annotations__.keys() == {*inspect.signature(f).parameters, "return"}, f.__name__
