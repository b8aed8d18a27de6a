"""Losses: gradients, the worked example, stability, dtypes and errors."""

import warnings

import numpy as np
import pytest
from numeric import ROOT, Gradient, central_differences, relative_error, run

from solutions import loss
from solutions.loss import (
    bce,
    bce_gradient,
    bce_with_logits,
    bce_with_logits_gradient,
    column_mse_gradient,
    cross_entropy,
    cross_entropy_gradient,
    focal_loss,
    focal_loss_gradient,
    half_sse,
    half_sse_gradient,
    huber,
    huber_gradient,
    logsumexp,
    mse,
    mse_gradient,
    one_hot,
    sigmoid,
    sigmoid_derivative,
    softmax,
    softmax_vjp,
    vote_loss,
    vote_loss_steps,
)

rng = np.random.default_rng(20240501)
SHAPES = [(1,), (5,), (1, 2), (3, 2), (4, 1)]
NUMBERS = [(rng.normal(size=shape), rng.normal(size=shape)) for shape in SHAPES]
CHANCES = [(rng.uniform(0.1, 0.9, shape), rng.integers(0, 2, shape) * 1.0) for shape in SHAPES]
SOFT = [(rng.normal(size=shape), rng.uniform(size=shape)) for shape in SHAPES]
LOGITS = [(rng.normal(size=(n, c)), rng.integers(0, c, n)) for n, c in [(1, 2), (4, 3), (2, 5)]]
ONE = [(z[0], one_hot(labels[:1], z.shape[1])[0]) for z, labels in LOGITS]


def exp_over_sum(z: np.ndarray) -> np.ndarray:
    return np.exp(z) / np.sum(np.exp(z), axis=-1, keepdims=True)


# For each gradient equation of chapters/loss.md: its LaTeX, the function, the right-hand side as
# displayed, the function of solutions, and points (x, y).
GRADIENTS = {
    "eq-loss-half-sse": Gradient(
        r"\frac{\partial}{\partial\hat y_i}\,\frac12\sum_j(\hat y_j-y_j)^2 = \hat y_i-y_i",
        lambda y_hat, y: np.sum((y_hat - y) ** 2) / 2,
        lambda y_hat, y: y_hat - y,
        half_sse_gradient,
        NUMBERS,
    ),
    "eq-loss-sse": Gradient(
        r"\frac{\partial}{\partial\hat y_i}\sum_j(\hat y_j-y_j)^2 = 2(\hat y_i-y_i)",
        lambda y_hat, y: np.sum((y_hat - y) ** 2),
        lambda y_hat, y: 2 * (y_hat - y),
        None,
        NUMBERS,
    ),
    "eq-loss-mse": Gradient(
        r"\frac{\partial}{\partial\hat y_i}\,\frac1N\sum_j(\hat y_j-y_j)^2"
        r"= \frac2N(\hat y_i-y_i)",
        lambda y_hat, y: np.sum((y_hat - y) ** 2) / y.size,
        lambda y_hat, y: 2 / y.size * (y_hat - y),
        mse_gradient,
        NUMBERS,
    ),
    "eq-loss-bce": Gradient(
        r"\frac{\partial L}{\partial\hat y_i}"
        r"=\frac1N\left(\frac{1-y_i}{1-\hat y_i}-\frac{y_i}{\hat y_i}\right)",
        lambda y_hat, y: -np.sum(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)) / y.size,
        lambda y_hat, y: 1 / y.size * ((1 - y) / (1 - y_hat) - y / y_hat),
        bce_gradient,
        CHANCES,
    ),
    "eq-loss-ce-probabilities": Gradient(
        r"\frac{\partial L}{\partial p_k}=-\frac{y_k}{p_k}",
        lambda p, y: -np.sum(y * np.log(p)),
        lambda p, y: -y / p,
        None,
        [(exp_over_sum(z), y) for z, y in ONE],
    ),
    "eq-loss-logsumexp": Gradient(
        r"\frac{\partial}{\partial z_k}\,\log\sum_j e^{z_j}=\frac{e^{z_k}}{\sum_j e^{z_j}}=p_k",
        lambda z, _: np.log(np.sum(np.exp(z))),
        lambda z, _: np.exp(z) / np.sum(np.exp(z)),
        lambda z, _: softmax(z[None])[0],
        ONE,
    ),
    "eq-loss-ce-logits": Gradient(
        r"\frac{\partial L}{\partial z_{ik}}=\frac1n\,(p_{ik}-y_{ik})",
        lambda z, labels: -np.mean(np.log(exp_over_sum(z)[np.arange(len(z)), labels])),
        lambda z, labels: 1 / len(z) * (exp_over_sum(z) - np.eye(z.shape[1])[labels]),
        cross_entropy_gradient,
        LOGITS,
    ),
    "eq-loss-sigmoid-half-sse": Gradient(
        r"\frac{d}{dz}\,\frac12(\sigma-y)^2=(\sigma-y)\,\sigma\,(1-\sigma)",
        lambda z, y: np.sum((1 / (1 + np.exp(-z)) - y) ** 2) / 2,
        lambda z, y: (sigmoid(z) - y) * sigmoid(z) * (1 - sigmoid(z)),
        lambda z, y: half_sse_gradient(sigmoid(z), y) * sigmoid_derivative(z),
        SOFT,
    ),
}

# Arguments on which the functions spelled out in the chapter must equal those of solutions.
SAME = {
    "half_sse": NUMBERS,
    "mse": NUMBERS,
    "sigmoid": [(z,) for z, _ in NUMBERS],
    "bce": CHANCES,
    "softmax": [(z,) for z, _ in LOGITS],
    "logsumexp": [(z,) for z, _ in LOGITS],
    "cross_entropy": LOGITS,
}


def column_mse(y_hat: np.ndarray, y: np.ndarray) -> np.floating:
    return np.mean((y_hat[:, 0] - y) ** 2, dtype=y_hat.dtype)


def vote_loss_gradient(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    return vote_loss_steps(z, y)[2]


# Each loss, its gradient, and arguments away from kinks.
PAIRS = [
    (mse, mse_gradient, NUMBERS),
    (half_sse, half_sse_gradient, NUMBERS),
    (bce, bce_gradient, CHANCES),
    (bce_with_logits, bce_with_logits_gradient, SOFT),
    (cross_entropy, cross_entropy_gradient, LOGITS),
    (huber, huber_gradient, [(3 * y_hat, y) for y_hat, y in NUMBERS]),
    (column_mse, column_mse_gradient, [(x, y[:, 0]) for x, y in NUMBERS if x.shape[1:] == (1,)]),
    (vote_loss, vote_loss_gradient, [(z, rng.integers(0, 5, z.shape)) for z, _ in LOGITS]),
    (focal_loss, focal_loss_gradient, [(3 * z - 1, y) for z, y in CHANCES]),
]
each_pair = pytest.mark.parametrize(
    ("f", "gradient", "points"), PAIRS, ids=[f.__name__ for f, _, _ in PAIRS]
)


@each_pair
def test_gradient_of_the_loss_itself(f, gradient, points) -> None:  # noqa: ANN001
    for x, y in points:
        true = central_differences(lambda x, y=y: f(x, y), x)
        assert relative_error(gradient(x, y), true) <= 1e-7


def test_every_gradient_is_among_the_pairs() -> None:
    named = {name for name in vars(loss) if name.endswith("_gradient")}
    assert named <= {gradient.__name__ for _, gradient, _ in PAIRS}


@pytest.mark.parametrize("parameter", [0.3, 1.0, 4.0])
def test_gradients_with_a_parameter(parameter: float) -> None:
    for x, y in NUMBERS:
        true = central_differences(lambda x, y=y: huber(x, y, parameter), x)
        assert relative_error(huber_gradient(x, y, parameter), true) <= 1e-7
    for p, y in CHANCES:
        z = 4 * p - 2
        true = central_differences(lambda z, y=y: focal_loss(z, y, parameter), z)
        assert relative_error(focal_loss_gradient(z, y, parameter), true) <= 1e-7
    for z, _ in LOGITS:
        y = np.arange(z.size).reshape(z.shape)
        true = central_differences(lambda z, y=y: vote_loss(z, y, parameter), z)
        assert relative_error(vote_loss_steps(z, y, parameter)[2], true) <= 1e-7


def test_products_with_the_jacobian_of_softmax() -> None:
    for z, _ in LOGITS:
        dp = rng.normal(size=z.shape)
        true = central_differences(lambda z, dp=dp: np.sum(dp * softmax(z)), z)
        assert relative_error(softmax_vjp(softmax(z), dp), true) <= 1e-7


def test_derivative_of_sigmoid_and_logsumexp() -> None:
    for z, _ in NUMBERS:
        true = central_differences(lambda z: np.sum(sigmoid(z)), z)
        assert relative_error(sigmoid_derivative(z), true) <= 1e-7
    for z, _ in LOGITS:
        true = central_differences(lambda z: np.sum(logsumexp(z)), z)
        assert relative_error(softmax(z), true) <= 1e-7


def test_worked_example() -> None:
    y_hat, y, labels = np.array([[0.5, 0.8]]), np.array([[0.0, 1.0]]), np.array([1])
    assert half_sse(y_hat, y) == pytest.approx(0.145, abs=1e-12)
    assert half_sse_gradient(y_hat, y) == pytest.approx(np.array([[0.5, -0.2]]))
    assert cross_entropy(y_hat, labels) == pytest.approx(0.554355, abs=5e-7)
    expected = np.array([[0.425557, -0.425557]])
    assert cross_entropy_gradient(y_hat, labels) == pytest.approx(expected, abs=5e-7)
    assert bce(0.8, 1) == pytest.approx(0.223144, abs=5e-7)


def test_worked_example_in_the_chapter() -> None:
    names = run(ROOT / "chapters" / "loss.md").names
    # The weights of the example, written for samples as columns: z = W x + b.
    assert np.array_equal(names["W1"].T, [[0.1, 0.2], [0.3, -0.1], [-0.5, 0.2]])
    assert np.array_equal(names["W2"].T, [[0.6, 0.5, 0.4], [1.0, 0.5, -0.3]])
    assert np.array_equal(names["b1"], [0.0, 0.1, 0.0])
    assert np.array_equal(names["b2"], [0.1, 0.2])
    assert names["y_hat"] == pytest.approx(np.array([[0.5, 0.8]]))
    expected = {
        "linear + half SSE": (0.145, 0.102934),
        "softmax + CE": (0.554355, 0.491308),
        "ReLU + CE": (0.223144, -0.670390),
    }
    theta = names["theta"]
    assert names["pairings"].keys() == expected.keys()
    for name, (before, after) in expected.items():
        f = names["pairings"][name]
        assert f(theta) == pytest.approx(before, abs=5e-7)
        step = theta - 0.1 * central_differences(f, theta)
        assert f(step) == pytest.approx(after, abs=5e-7)
    p, y = np.array([0.5, 0.8]), np.array([0.0, 1.0])
    assert relative_error(y - p, -y / p) == pytest.approx(1.23, abs=5e-3)


def test_what_the_chapter_prints() -> None:
    printed = run(ROOT / "chapters" / "loss.md").printed
    for said in ("0.145000 ->  0.102934", "0.554355 ->  0.491308", "0.223144 -> -0.670390", "nan"):
        assert said in printed


def test_values_by_hand() -> None:
    assert mse([[1, 2], [3, 4]], [[1, 0], [3, 0]]) == 5
    assert half_sse([[1, 2], [3, 4]], [[1, 0], [3, 0]]) == 10
    assert sigmoid(0) == 0.5
    assert sigmoid_derivative(0) == 0.25
    assert bce([0.5, 0.25], [1, 0]) == pytest.approx((np.log(2) + np.log(4 / 3)) / 2)
    assert bce_with_logits(0, 1) == pytest.approx(np.log(2))
    assert logsumexp([[0, 0, 0]]) == pytest.approx(np.log(3))
    assert softmax(np.log([[1, 2, 5]])) == pytest.approx(np.array([[0.125, 0.25, 0.625]]))
    assert cross_entropy(np.zeros((3, 10)), [1, 5, 9]) == pytest.approx(np.log(10))
    assert one_hot([2, 0], 3).tolist() == [[0, 0, 1], [1, 0, 0]]


def test_binary_is_a_case_of_categorical() -> None:
    for z, y in [(z, (y > 0.5) * 1) for z, y in SOFT if z.ndim == 1]:
        two = np.stack([np.zeros_like(z), z], axis=1)
        assert bce_with_logits(z, y) == pytest.approx(cross_entropy(two, y))
        assert bce(sigmoid(z), y) == pytest.approx(cross_entropy(two, y))


def test_targets_between_0_and_1() -> None:
    for z, y in SOFT:
        assert bce(sigmoid(z), y) == pytest.approx(bce_with_logits(z, y), rel=1e-12)


@pytest.mark.parametrize("shift", [-1000.0, -1.0, 3.0, 1000.0])
def test_a_shift_of_all_logits_changes_nothing(shift: float) -> None:
    for z, labels in LOGITS:
        assert softmax(z + shift) == pytest.approx(softmax(z), abs=1e-12)
        assert logsumexp(z + shift) == pytest.approx(logsumexp(z) + shift, rel=1e-12)
        assert cross_entropy(z + shift, labels) == pytest.approx(cross_entropy(z, labels))


def test_gradients_of_cross_entropy_have_rows_of_sum_0() -> None:
    for z, labels in LOGITS:
        assert np.sum(cross_entropy_gradient(z, labels), axis=1) == pytest.approx(0, abs=1e-15)


def test_one_class_costs_nothing() -> None:
    z, labels = np.array([[3.0], [-1000.0]]), np.array([0, 0])
    assert softmax(z).tolist() == [[1], [1]]
    assert logsumexp(z).tolist() == [3, -1000]
    assert cross_entropy(z, labels) == 0
    assert cross_entropy_gradient(z, labels).tolist() == [[0], [0]]


def test_batch_of_one_equals_a_row_of_a_larger_batch() -> None:
    for z, labels in LOGITS:
        single = [cross_entropy(z[[i]], labels[[i]]) for i in range(len(z))]
        assert cross_entropy(z, labels) == pytest.approx(np.mean(single))
        rows = [cross_entropy_gradient(z[[i]], labels[[i]])[0] for i in range(len(z))]
        assert cross_entropy_gradient(z, labels) == pytest.approx(np.array(rows) / len(z))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_logits_give_exact_results_and_no_warning(dtype: type) -> None:
    z = np.array([[1000, -1000, 0], [-1000, 1000, 0], [0, -1000, 1000]], dtype)
    labels, y = np.array([0, 0, 1]), np.array([[1, 0, 1], [1, 1, 0], [0, 0, 0]])
    with warnings.catch_warnings(), np.errstate(over="raise", divide="raise", invalid="raise"):
        warnings.simplefilter("error")
        assert softmax(z).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
        assert logsumexp(z).tolist() == [1000, 1000, 1000]
        assert cross_entropy(z, labels) == pytest.approx(4000 / 3)
        assert np.all(np.isfinite(cross_entropy_gradient(z, labels)))
        assert sigmoid(z).tolist() == [[1, 0, 0.5], [0, 1, 0.5], [0.5, 0, 1]]
        assert sigmoid_derivative(z).tolist() == [[0, 0, 0.25], [0, 0, 0.25], [0.25, 0, 0]]
        assert bce_with_logits(z, y) == pytest.approx((2000 + 3 * np.log(2)) / 9)
        assert bce_with_logits_gradient(z, y) == pytest.approx((sigmoid(z) - y) / 9)


def test_small_chances_keep_their_digits() -> None:
    assert sigmoid(-700.0) == pytest.approx(np.exp(-700.0), rel=1e-12, abs=0)
    assert sigmoid_derivative(40.0) == pytest.approx(np.exp(-40.0), rel=1e-12, abs=0)
    assert bce_with_logits(40.0, 1) == pytest.approx(np.exp(-40.0), rel=1e-12, abs=0)
    assert cross_entropy([[1e9, 1e9 + 1]], [1]) == pytest.approx(np.log1p(np.exp(-1)), rel=1e-12)


def test_probabilities_of_exactly_0_and_1() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert bce([0.0, 1.0], [0, 1]) == 0
        assert not np.signbit(bce([0.0, 1.0], [0, 1]))
        assert bce([0.0, 1.0], [1, 1]) == np.inf
        assert bce_gradient([0.0, 1.0, 0.0, 1.0], [0, 1, 1, 0]).tolist() == [
            0.25,
            -0.25,
            -np.inf,
            np.inf,
        ]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_in_is_dtype_out(dtype: type) -> None:
    for f, gradient, points in PAIRS:
        for x, y in points:
            assert f(x.astype(dtype), y).dtype == dtype, f.__name__
            assert gradient(x.astype(dtype), y).dtype == dtype, gradient.__name__
            assert f(x.astype(dtype), y) == pytest.approx(f(x, y), rel=1e-5)
    for z, _ in LOGITS:
        for f in (softmax, logsumexp, sigmoid, sigmoid_derivative):
            assert f(z.astype(dtype)).dtype == dtype, f.__name__


def test_integers_and_lists_count_as_float64() -> None:
    assert mse([1, 2], [0, 0]).dtype == np.float64
    assert softmax([[1, 2]]).dtype == np.float64
    assert bce_with_logits_gradient([3, -1], [True, False]).dtype == np.float64


def test_arguments_are_left_as_they_were() -> None:
    for f, gradient, points in PAIRS:
        for x, y in points:
            before = x.copy(), y.copy()
            f(x, y)
            gradient(x, y)
            assert np.array_equal(x, before[0])
            assert np.array_equal(y, before[1])


OF_A_PAIR = [f for pair in PAIRS[:4] for f in pair[:2]]


@pytest.mark.parametrize("f", OF_A_PAIR, ids=lambda f: f.__name__)
def test_a_pair_of_unequal_shapes_is_an_error(f) -> None:  # noqa: ANN001
    first = "z" if "logits" in f.__name__ else "y_hat"
    with pytest.raises(ValueError, match=rf"y must .*{first}, \(4, 1\), got \(4,\)"):
        f(np.full((4, 1), 0.5), np.ones(4))
    with pytest.raises(ValueError, match=f"{first} must not be empty, got shape"):
        f([], [])
    with pytest.raises(ValueError, match=f"{first} must be a rectangular array"):
        f([[1], [1, 2]], [[1], [1]])
    with pytest.raises(TypeError, match="y must hold real numbers, got dtype <U3"):
        f([0.5], ["cat"])


@pytest.mark.parametrize("f", OF_A_PAIR[4:], ids=lambda f: f.__name__)
@pytest.mark.parametrize("bad", [-0.1, 1.5, np.nan])
def test_probabilities_out_of_range_are_an_error(f, bad: float) -> None:  # noqa: ANN001
    with pytest.raises(ValueError, match=rf"y must lie in \[0, 1\], got {bad}"):
        f([0.5, 0.5], [0.5, bad])
    if "logits" not in f.__name__:
        with pytest.raises(ValueError, match=rf"y_hat must lie in \[0, 1\], got {bad}"):
            f([0.5, bad], [0.5, 0.5])


@pytest.mark.parametrize("f", [softmax, logsumexp])
@pytest.mark.parametrize("z", [1.0, [1.0, 2.0], [[[1.0]]]])
def test_logits_that_are_no_rows_are_an_error(f, z) -> None:  # noqa: ANN001
    with pytest.raises(ValueError, match=r"z must have shape \(n, C\), one row a sample, got \("):
        f(z)


@pytest.mark.parametrize("f", [cross_entropy, cross_entropy_gradient])
@pytest.mark.parametrize(
    ("z", "labels", "error", "message"),
    [
        ([0.0, 1.0], [1], ValueError, r"z must have shape \(n, C\)"),
        (np.zeros((0, 2)), [], ValueError, r"z must not be empty, got shape \(0, 2\)"),
        ([[0.0, 1.0]], [2], ValueError, "labels must lie in 0 … 1, got 2"),
        ([[0.0, 1.0]], [-1], ValueError, "labels must lie in 0 … 1, got -1"),
        ([[0.0, 1.0]], [1.0], TypeError, "labels must be integers.* got dtype float64"),
        ([[0.0, 1.0]], [True], TypeError, "labels must be integers.* got dtype bool"),
        ([[0.0, 1.0]], [[0, 1]], ValueError, r"labels must have shape \(1,\).* got \(1, 2\)"),
        ([[0.0, 1.0]], [0, 1], ValueError, r"labels must have shape \(1,\).* got \(2,\)"),
        ([[0.0, 1.0]], 1, ValueError, r"labels must have shape \(1,\).* got \(\)"),
        ([["a", "b"]], [0], TypeError, "z must hold real numbers, got dtype <U1"),
    ],
)
def test_bad_logits_and_labels_are_an_error(f, z, labels, error, message) -> None:  # noqa: ANN001
    with pytest.raises(error, match=message):
        f(z, labels)


def test_one_hot_rejects_labels_it_has_no_column_for() -> None:
    with pytest.raises(ValueError, match="labels must lie in 0 … 2, got 3"):
        one_hot([0, 3], 3)
    with pytest.raises(ValueError, match=r"labels must have shape \(n,\), got \(1, 2\)"):
        one_hot([[0, 1]], 3)


def test_every_public_function_has_types_and_says_shapes() -> None:
    public = [f for name, f in vars(loss).items() if callable(f) and not name.startswith("_")]
    assert len(public) >= 15
    for f in public:
        assert f.__doc__, f.__name__
        assert f.__annotations__.keys() >= {"return"}, f.__name__
        assert f.__name__ in {"sigmoid_derivative"} or len(f.__doc__.split()) >= 10, f.__name__
