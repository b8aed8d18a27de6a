"""Backpropagation: gradients, the worked example, the chapter's claims, training and errors."""

import numpy as np
import pytest
from numeric import ROOT, Gradient, central_differences, parameter_gradients, relative_error, run

from solutions import backprop
from solutions.backprop import (
    ACTIVATIONS,
    accuracy,
    backward,
    forward,
    identity,
    initialize,
    relu,
    relu_derivative,
    tanh,
    tanh_derivative,
    train,
)
from solutions.data import digits, example
from solutions.loss import (
    bce_with_logits,
    bce_with_logits_gradient,
    cross_entropy,
    cross_entropy_gradient,
    half_sse,
    half_sse_gradient,
    mse,
    mse_gradient,
    sigmoid,
    sigmoid_derivative,
)

rng = np.random.default_rng(20240504)
approx = pytest.approx
CHAPTER = ROOT / "chapters" / "backprop.md"
POINTS = [rng.normal(size=shape) for shape in [(5,), (3, 2), (2, 3, 2)]]
SHAPES = [(1, 3, 2), (5, 2, 4), (4, 3, 1)]  # n, d_in, d_out
LAYERS = [tuple(rng.normal(size=s) for s in ((n, d), (d, e), (e,), (n, e))) for n, d, e in SHAPES]


def logistic(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def half_squares(y_hat: np.ndarray, y: np.ndarray) -> np.floating:
    return np.sum((y_hat - y) ** 2) / 2


def delta_of(a: np.ndarray, W: np.ndarray, b: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The gradient of half the squares with respect to z = a W + b of a sigmoid layer."""
    p = logistic(a @ W + b)
    return (p - y) * p * (1 - p)


def one_layer(place: int, X: np.ndarray, W: np.ndarray, b: np.ndarray, y: np.ndarray) -> np.ndarray:
    """dW or db of a linear layer with half the squares, from `backward`."""
    z, cache = forward(X, [(W, b)])
    return backward(half_sse_gradient(z, y), [(W, b)], cache)[0][place]


# For each gradient equation of chapters/backprop.md: its LaTeX, the function, the right-hand side
# as displayed, the function of solutions, and points (x, y); y holds all that is fixed.
GRADIENTS = {
    "eq-backprop-relu-slope": Gradient(
        r"\operatorname{ReLU}'(z)=\begin{cases}1 & \text{if } z>0,\\ 0 & \text{if } z\le0."
        r"\end{cases}",
        lambda z, _: np.sum(np.maximum(z, 0)),
        lambda z, _: np.where(z > 0, 1.0, 0.0),
        lambda z, _: relu_derivative(z),
        [(z, None) for z in POINTS],
    ),
    "eq-backprop-tanh-slope": Gradient(
        r"\tanh'(z)=1-\tanh^2 z ,",
        lambda z, _: np.sum(np.sinh(z) / np.cosh(z)),
        lambda z, _: 1 - np.tanh(z) ** 2,
        lambda z, _: tanh_derivative(z),
        [(z, None) for z in POINTS],
    ),
    "eq-backprop-sigmoid-slope": Gradient(
        r"\sigma'(z)=\sigma(z)\,\bigl(1-\sigma(z)\bigr)",
        lambda z, _: np.sum(logistic(z)),
        lambda z, _: logistic(z) * (1 - logistic(z)),
        lambda z, _: sigmoid_derivative(z),
        [(z, None) for z in POINTS],
    ),
    "eq-backprop-delta-output": Gradient(
        r"\delta^{(K)}=\frac{\partial L}{\partial a^{(K)}}\odot f'\bigl(z^{(K)}\bigr)",
        lambda z, y: half_squares(np.tanh(z), y),
        lambda z, y: (np.tanh(z) - y) * (1 - np.tanh(z) ** 2),
        lambda z, y: half_sse_gradient(tanh(z), y) * tanh_derivative(z),
        [(z, rng.normal(size=z.shape)) for z in POINTS],
    ),
    "eq-backprop-into-a": Gradient(
        r"\frac{\partial L}{\partial a^{(l)}_{ij}}=\sum_k\delta_{ik}\,w_{jk}",
        lambda a, rest: half_squares(logistic(a @ rest[0] + rest[1]), rest[2]),
        lambda a, rest: np.array(
            [[sum(d * w for d, w in zip(delta, row, strict=True)) for row in rest[0]]
             for delta in delta_of(a, *rest)]
        ),
        None,
        [(a, (W, b, y)) for a, W, b, y in LAYERS],
    ),
    "eq-backprop-delta": Gradient(
        r"\delta^{(l)}=\bigl(\delta^{(l+1)}\,W^{(l+1)\top}\bigr)\odot f'\bigl(z^{(l)}\bigr)",
        lambda z, rest: half_squares(logistic(np.tanh(z) @ rest[0] + rest[1]), rest[2]),
        lambda z, rest: delta_of(np.tanh(z), *rest) @ rest[0].T * (1 - np.tanh(z) ** 2),
        None,
        [(z, (W, b, y)) for z, W, b, y in LAYERS],
    ),
    "eq-backprop-db": Gradient(
        r"\frac{\partial L}{\partial b^{(l)}_k}=\sum_i\delta^{(l)}_{ik}",
        lambda b, rest: half_squares(rest[0] @ rest[1] + b, rest[2]),
        lambda b, rest: sum(rest[0] @ rest[1] + b - rest[2]),
        lambda b, rest: one_layer(1, rest[0], rest[1], b, rest[2]),
        [(b, (X, W, y)) for X, W, b, y in LAYERS],
    ),
    "eq-backprop-one-weight": Gradient(
        r"\frac{\partial L}{\partial w_{jk}}=\sum_i a_{ij}\,\delta_{ik}",
        lambda W, rest: half_squares(logistic(rest[0] @ W + rest[1]), rest[2]),
        lambda W, rest: sum(
            np.outer(a, delta)
            for a, delta in zip(rest[0], delta_of(rest[0], W, *rest[1:]), strict=True)
        ),
        None,
        [(W, (X, b, y)) for X, W, b, y in LAYERS],
    ),
    "eq-backprop-dw": Gradient(
        r"\frac{\partial L}{\partial W^{(l)}}=a^{(l-1)\top}\,\delta^{(l)}",
        lambda W, rest: half_squares(rest[0] @ W + rest[1], rest[2]),
        lambda W, rest: rest[0].T @ (rest[0] @ W + rest[1] - rest[2]),
        lambda W, rest: one_layer(0, rest[0], W, rest[1], rest[2]),
        [(W, (X, b, y)) for X, W, b, y in LAYERS],
    ),
    "eq-backprop-sigmoid-weight": Gradient(
        r"\frac{\partial L}{\partial w_{jk}}=(\hat y_k-y_k)\,\sigma'(z_k)\,a_j",
        lambda W, rest: half_squares(logistic(rest[0] @ W), rest[1]),
        lambda W, rest: np.array(
            [[(p - t) * p * (1 - p) * a for p, t in zip(logistic(rest[0] @ W), rest[1])]  # noqa: B905
             for a in rest[0]]
        ),
        None,
        [(W, (X[0], y[0])) for X, W, _, y in LAYERS],
    ),
    "eq-backprop-sigmoid-bce": Gradient(
        r"\frac{\partial}{\partial z_k}\Bigl(-\sum_j\bigl("
        r"y_j\log a_j+(1-y_j)\log(1-a_j)\bigr)\Bigr)=a_k-y_k",
        lambda z, y: -np.sum(y * np.log(logistic(z)) + (1 - y) * np.log(1 - logistic(z))),
        lambda z, y: logistic(z) - y,
        lambda z, y: bce_with_logits_gradient(z, y) * z.size,
        [(z, np.eye(len(z))[1]) for z in (rng.normal(size=3), rng.normal(size=5))],
    ),
    "eq-backprop-sigmoid-ce": Gradient(
        r"\frac{\partial}{\partial z_k}\Bigl(-\sum_j y_j\log a_j\Bigr)=y_k\,(a_k-1)",
        lambda z, y: -np.sum(y * np.log(logistic(z))),
        lambda z, y: y * (logistic(z) - 1),
        lambda z, y: backprop.output_delta(z[None], y[None], "sigmoid + CE")[0],
        [(z, np.eye(len(z))[1]) for z in (rng.normal(size=3), rng.normal(size=5))],
    ),
}  # fmt: skip


def network(sizes: tuple, n: int, dtype: type = np.float64) -> tuple[np.ndarray, list]:
    """Inputs and parameters; the biases are not 0, so that their gradients matter."""
    parameters = [
        (W, rng.normal(size=b.shape).astype(dtype)) for W, b in initialize(sizes, rng, dtype=dtype)
    ]
    return rng.normal(size=(n, sizes[0])).astype(dtype), parameters


NETWORKS = [network(sizes, n) for sizes, n in [((2, 3, 2), 1), ((3, 5, 4, 2), 6), ((4, 3), 5)]]

# The chapter's forward and backward use ReLU.
SAME = {
    "forward": NETWORKS,
    "backward": [
        (rng.normal(size=(len(X), p[-1][1].size)), p, forward(X, p)[1]) for X, p in NETWORKS
    ],
}


def assert_same(one: list, other: list, tolerance: float = 1e-7) -> None:
    """Two lists of pairs of arrays agree, array by array."""
    assert len(one) == len(other)
    for pair, expected in zip(one, other, strict=True):
        for a, e in zip(pair, expected, strict=True):
            if np.any(e):
                assert relative_error(a, e) <= tolerance
            else:
                assert not np.any(a)


def update(parameters: list, gradients: list, lr: float) -> list:
    pairs = zip(parameters, gradients, strict=True)
    return [(W - lr * dW, b - lr * db) for (W, b), (dW, db) in pairs]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("sizes", [(2, 3, 2), (3, 5, 4, 3), (3, 3, 3, 3, 3), (4, 2)])
@pytest.mark.parametrize("loss", ["mse", "half SSE", "softmax", "sigmoid"])
def test_gradients_of_a_network(activation: str, sizes: tuple, loss: str) -> None:
    X, parameters = network(sizes, 5)
    y, labels = rng.uniform(size=(5, sizes[-1])), rng.integers(0, sizes[-1], 5)
    f, gradient, target = {
        "mse": (mse, mse_gradient, y),
        "half SSE": (half_sse, half_sse_gradient, y),
        "softmax": (cross_entropy, cross_entropy_gradient, labels),
        "sigmoid": (bce_with_logits, bce_with_logits_gradient, y),
    }[loss]
    z, cache = forward(X, parameters, activation)
    gradients = backward(gradient(z, target), parameters, cache, activation)
    true = parameter_gradients(lambda p: f(forward(X, p, activation)[0], target), parameters)
    assert_same(gradients, true)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slope_is_the_derivative_of_the_activation(name: str) -> None:
    f, slope = ACTIVATIONS[name]
    for z in POINTS:
        true = central_differences(lambda z: np.sum(f(z)), z)
        assert relative_error(slope(z), true) <= 1e-7


def test_relu_at_the_kink_and_extremes() -> None:
    assert relu_derivative(np.array([-1.0, -0.0, 0.0, 1e-300])).tolist() == [0, 0, 0, 1]
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        for f, slope in ACTIVATIONS.values():
            assert np.isfinite(f(np.array([-1000.0, 1000.0]))).all()
            assert np.isfinite(slope(np.array([-1000.0, 1000.0]))).all()


def test_published_slopes_are_wrong() -> None:
    z = np.linspace(-3, 3, 100)
    assert relative_error(sigmoid(z), relu_derivative(z)) > 0.3
    assert relative_error(np.tanh(z) * (1 - np.tanh(z)), tanh_derivative(z)) > 1


# The worked example of sources.md, section 4. Its matrices are written for samples as columns.


def test_worked_example_with_half_sse() -> None:
    X, y, parameters = example()
    (W1, b1), (W2, b2) = parameters
    assert np.array_equal(W1.T, [[0.1, 0.2], [0.3, -0.1], [-0.5, 0.2]])
    assert np.array_equal(W2.T, [[0.6, 0.5, 0.4], [1.0, 0.5, -0.3]])
    assert (b1.tolist(), b2.tolist()) == ([0, 0.1, 0], [0.1, 0.2])
    z, cache = forward(X, parameters)
    assert z == approx(np.array([[0.5, 0.8]]), abs=1e-12)
    assert cache[0][1] == approx(np.array([[0.5, 0.2, -0.1]]), abs=1e-12)
    assert cache[1][0] == approx(np.array([[0.5, 0.2, 0.0]]), abs=1e-12)
    assert half_sse(z, y) == approx(0.145, abs=1e-12)
    delta = half_sse_gradient(z, y)
    assert delta == approx(np.array([[0.5, -0.2]]), abs=1e-12)
    (dW1, db1), (dW2, db2) = backward(delta, parameters, cache)
    assert dW2 == approx(np.array([[0.25, 0.1, 0], [-0.1, -0.04, 0]]).T, abs=1e-12)
    assert db2 == approx(np.array([0.5, -0.2]), abs=1e-12)
    assert db1 == approx(np.array([0.1, 0.15, 0]), abs=1e-12)
    assert dW1 == approx(np.array([[0.1, 0.2], [0.15, 0.3], [0, 0]]).T, abs=1e-12)
    after = update(parameters, [(dW1, db1), (dW2, db2)], 0.1)
    expected = np.array([[0.575, 0.49, 0.4], [1.01, 0.504, -0.3]])
    assert after[1][0] == approx(expected.T, abs=1e-12)
    assert after[1][1] == approx(np.array([0.05, 0.22]), abs=1e-12)
    assert half_sse(forward(X, after)[0], y) == approx(0.102934, abs=5e-7)


def test_worked_example_with_softmax() -> None:
    X, _, parameters = example()
    labels = np.array([1])
    z, cache = forward(X, parameters)
    assert cross_entropy(z, labels) == approx(0.554355, abs=5e-7)
    delta = cross_entropy_gradient(z, labels)
    assert delta == approx(np.array([[0.425557, -0.425557]]), abs=5e-7)
    gradients = backward(delta, parameters, cache)
    expected = np.array([[-0.170223, -0.340446], [0, 0], [0, 0]])
    assert gradients[0][0] == approx(expected.T, abs=5e-7)
    after = forward(X, update(parameters, gradients, 0.1))[0]
    assert cross_entropy(after, labels) == approx(0.491308, abs=5e-7)


def test_worked_example_with_relu_and_cross_entropy() -> None:
    X, y, parameters = example()
    z, cache = forward(X, parameters)
    assert -np.log(relu(z)[0, 1]) == approx(0.223144, abs=5e-7)
    delta = -y / relu(z) * relu_derivative(z)
    assert delta == approx(np.array([[0, -1.25]]), abs=1e-12)
    gradients = backward(delta, parameters, cache)
    true = parameter_gradients(lambda p: -np.log(relu(forward(X, p)[0])[0, 1]), parameters)
    assert_same(gradients, true)
    after = forward(X, update(parameters, gradients, 0.1))[0]
    assert -np.log(relu(after)[0, 1]) == approx(-0.670, abs=5e-4)


# What the chapter says.


def test_chapter_works_the_example_by_hand() -> None:
    names = run(CHAPTER).names
    X, y, parameters = example()
    z, cache = forward(X, parameters)
    gradients = backward(half_sse_gradient(z, y), parameters, cache)
    by_hand = [(names["dW1"], names["db1"]), (names["dW2"], names["db2"])]
    assert_same(by_hand, gradients, 1e-15)
    assert names["delta1"] == approx(np.array([[0.1, 0.15, 0]]), abs=1e-12)


def test_chapter_prints() -> None:
    printed = run(CHAPTER).printed
    for said in (
        *("0.145000 -> 0.102934", "0.554355 -> 0.491308", "0.223144 -> -0.670390"),
        *("delta [ 0.425557 -0.425557]", "101,770 parameters", "50,890 parameters"),
        *("error of delta 1.23", "lr   0.1: relative error of dW1 0.6"),
    ):
        assert said in printed, said


def test_chapter_gradients_agree_with_central_differences() -> None:
    lines = [line for line in run(CHAPTER).printed.splitlines() if line.startswith("dW ")]
    errors = [float(word) for line in lines for word in line.replace(",", "").split()[1::2]]
    assert len(errors) == 6
    assert max(errors) <= 1e-8


def test_chapter_kink() -> None:
    names = run(CHAPTER).names
    b, loss = names["near"][0][1], names["loss_of_b1"]
    X, y, _ = example()
    z, cache = forward(X, names["near"])
    claimed = backward(half_sse_gradient(z, y), names["near"], cache)[0][1]
    assert relative_error(claimed, central_differences(loss, b, 1e-5)) > 0.1
    assert relative_error(claimed, central_differences(loss, b, 1e-6)) < 1e-7
    rough = central_differences(names["rounded"], b, 1e-6)
    assert relative_error(claimed, rough) > 1e-4


def test_chapter_mismatch() -> None:
    """The printed loss rises to over three times its start; what the steps descend on falls."""
    printed, matched, correct = np.transpose(run(CHAPTER).names["log"])
    assert printed[0] == approx(0.69, abs=0.01)
    assert printed[-1] > 3 * printed[0]
    assert np.all(np.diff(matched) < 0)
    assert correct[-1] > 3 * correct[0]


def test_chapter_two_starts() -> None:
    """One start of the 3-3-1 network is learnt; the other ends where no gradient is left."""
    printed = run(CHAPTER).printed
    assert "start 4, step 100: loss 0.00" in printed
    assert "start 3, step 100: loss 0.17" in printed
    names = run(CHAPTER).names
    for pair in names["gradients"]:
        assert max(np.abs(gradient).max() for gradient in pair) < 0.01


def test_chapter_wrong_sign_and_missing_hidden_layer() -> None:
    printed = run(CHAPTER).printed
    losses = next(line for line in printed.splitlines() if line.startswith("losses 0.2231"))
    *first, _, last = losses.split()[1:]
    assert np.all(np.diff([float(loss) for loss in [*first, last]]) > 0)
    assert "infinite after 14 steps" in printed


def test_chapter_reads_digits() -> None:
    names = run(CHAPTER).names
    z = forward(names["X_test"], names["network"])[0]
    assert accuracy(z, names["labels_test"]) >= 0.97
    assert names["first_loss"] == approx(np.log(10), abs=1e-3)
    assert names["last_loss"] < 0.02
    wrong = z.argmax(axis=1) != names["labels_test"]
    assert all(wrong[np.argsort(-names["losses"])[:2]])


def test_chapter_counts() -> None:
    assert sum(W.size + b.size for W, b in initialize((784, 64, 10), rng)) == 50_890
    assert sum(W.size + b.size for W, b in initialize((784, 128, 10), rng)) == 101_770
    printed = run(CHAPTER).printed
    scores = [float(line.split()[-1]) for line in printed.splitlines() if "batches of" in line]
    assert scores[0] + 0.03 < scores[1]


def test_old_weights_matter_more_the_larger_the_step() -> None:
    net = initialize((100, 50, 1), np.random.default_rng(2))
    batch, target = rng.normal(size=(32, 100)), rng.normal(size=(32, 1))
    z, cache = forward(batch, net)
    right = backward(mse_gradient(z, target), net, cache)
    errors = []
    for lr in (0.001, 0.1):
        mixed = [net[0], update(net, right, lr)[1]]
        wrong = backward(mse_gradient(z, target), mixed, cache)
        errors.append(relative_error(wrong[0][0], right[0][0]))
    assert 0 < errors[0] < 0.05
    assert errors[1] > 0.2


def test_turned_sign_is_a_relative_error_of_2_and_climbs() -> None:
    for X, W, b, y in LAYERS:
        right = X.T @ delta_of(X, W, b, y)
        turned = X.T @ ((y - logistic(X @ W + b)) * sigmoid_derivative(X @ W + b))
        assert relative_error(turned, right) == approx(2)
        before = half_squares(logistic(X @ W + b), y)
        assert half_squares(logistic(X @ (W - 0.1 * turned) + b), y) > before


# The functions.


def test_initialize() -> None:
    parameters = initialize((300, 200, 10), np.random.default_rng(0), dtype=np.float32)
    assert [(W.shape, b.shape) for W, b in parameters] == [((300, 200), (200,)), ((200, 10), (10,))]
    assert all(W.dtype == b.dtype == np.float32 and not b.any() for W, b in parameters)
    assert np.std(parameters[0][0]) == approx(np.sqrt(2 / 300), rel=0.02)
    given = initialize((300, 200), np.random.default_rng(0), std=lambda d_in, d_out: d_in / d_out)
    assert np.std(given[0][0]) == approx(1.5, rel=0.02)
    for bad in ((3,), (3, 0), (2.5, 3)):
        with pytest.raises(ValueError, match="sizes must be at least two positive integers, got"):
            initialize(bad, rng)


def test_batch_is_the_sum_of_its_samples() -> None:
    X, parameters = network((3, 4, 2), 6)
    delta = rng.normal(size=(6, 2))
    whole = backward(delta, parameters, forward(X, parameters)[1])
    parts = [backward(delta[[i]], parameters, forward(X[[i]], parameters)[1]) for i in range(6)]
    total = [[sum(p[layer][j] for p in parts) for j in (0, 1)] for layer in (0, 1)]
    assert_same(whole, total, 1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_stays_and_arguments_do(activation: str, dtype: type) -> None:
    X, parameters = network((3, 4, 2), 5, dtype)
    before = [X.copy(), *(a.copy() for pair in parameters for a in pair)]
    z, cache = forward(X, parameters, activation)
    delta = rng.normal(size=z.shape).astype(dtype)
    kept = [(a.copy(), z.copy()) for a, z in cache], delta.copy()
    gradients = backward(delta, parameters, cache, activation)
    assert z.dtype == dtype
    assert all(a.dtype == dtype for pair in (*gradients, *cache) for a in pair)
    for now, then in zip([X, *(a for p in parameters for a in p)], before, strict=True):
        assert np.array_equal(now, then)
    assert_same(cache, kept[0], 0)
    assert np.array_equal(delta, kept[1])
    assert forward(X.astype(np.float64), parameters)[0].dtype == dtype


def test_one_layer_is_linear() -> None:
    X, parameters = network((3, 2), 4)
    (W, b), (z, cache) = parameters[0], forward(X, parameters)
    assert np.array_equal(z, X @ W + b)
    assert len(cache) == 1
    assert identity(z) is z


def test_train_learns_digits_in_float32_and_leaves_its_arguments() -> None:
    X, labels, X_test, labels_test = digits()
    start = initialize((64, 64, 10), np.random.default_rng(1), dtype=np.float32)
    before = [(W.copy(), b.copy()) for W, b in start]
    trained = train(X, labels, start, 0.2, 20, 32, np.random.default_rng(1))
    assert_same(start, before, 0)
    assert all(a.dtype == np.float32 for pair in trained for a in pair)
    assert accuracy(forward(X_test, start)[0], labels_test) < 0.5
    assert accuracy(forward(X_test, trained)[0], labels_test) >= 0.95


def test_train_takes_the_steps_of_gradient_descent() -> None:
    X, parameters = network((3, 4, 3), 5)
    labels, expected = rng.integers(0, 3, 5), parameters
    for _ in range(3):
        z, cache = forward(X, expected)
        gradients = backward(cross_entropy_gradient(z, labels), expected, cache)
        expected = update(expected, gradients, 0.1)
    assert_same(train(X, labels, parameters, 0.1, 3, 5, rng), expected, 1e-12)
    again = [train(X, labels, parameters, 0.1, 3, 2, np.random.default_rng(7)) for _ in range(2)]
    assert_same(again[0], again[1], 0)


def test_accuracy() -> None:
    assert accuracy(np.array([[0.0, 1.0], [2.0, 1.0], [5.0, 6.0]]), np.array([1, 0, 0])) == 2 / 3
    with pytest.raises(ValueError, match=r"z must have shape \(n, C\) and labels \(n,\), got"):
        accuracy(np.zeros((2, 3)), np.zeros((2, 1)))


def test_bad_arguments_are_an_error() -> None:
    X, parameters = network((3, 4, 2), 5)
    cache = forward(X, parameters)[1]
    delta = np.ones((5, 2))
    with pytest.raises(ValueError, match=r"activation must be one of identity, .*, got 'gelu'"):
        forward(X, parameters, "gelu")
    with pytest.raises(ValueError, match="activation must be one of"):
        backward(delta, parameters, cache, "gelu")
    for bad in (X[0], X[:, :2], X[:0]):
        with pytest.raises(ValueError, match=r"X must have shape \(n, 3\), got"):
            forward(bad, parameters)
    with pytest.raises(TypeError, match="X must hold real numbers, got dtype complex128"):
        forward(X * 1j, parameters)
    with pytest.raises(ValueError, match="parameters must hold a pair"):
        forward(X, [])
    with pytest.raises(ValueError, match=r"layer 1 must have W .* got \(3, 4\) and \(1, 4\)"):
        forward(X, [(parameters[0][0], np.ones((1, 4))), parameters[1]])
    with pytest.raises(ValueError, match=r"W of layer 2 must have 4 rows, .* got 3"):
        forward(X, [parameters[0], (np.ones((3, 2)), np.ones(2))])
    with pytest.raises(ValueError, match=r"delta must have shape \(n, 2\), got \(5, 3\)"):
        backward(np.ones((5, 3)), parameters, cache)
    with pytest.raises(ValueError, match="delta must have a row for each of the 5 samples, got 4"):
        backward(delta[:4], parameters, cache)
    with pytest.raises(
        ValueError, match="cache must hold an entry for each of the 2 layers, got 1"
    ):
        backward(delta, parameters, cache[:1])
    with pytest.raises(ValueError, match=r"labels must have shape \(5,\), got \(4,\)"):
        train(X, np.zeros(4, int), parameters, 0.1, 1, 2, rng)
    with pytest.raises(ValueError, match="labels must lie in 0 … 1, got 2"):
        train(X, np.full(5, 2), parameters, 0.1, 1, 2, rng)


def test_every_public_function_has_types_and_says_shapes() -> None:
    public = [f for n, f in vars(backprop).items() if callable(f) and not n.startswith("_")]
    own = [f for f in public if getattr(f, "__module__", "") == "solutions.backprop"]
    assert len(own) >= 18
    for f in own:
        assert len(f.__doc__.split()) >= 8, f.__name__
        assert f.__annotations__.keys() >= {"return"}, f.__name__
