"""The functions of solutions/backprop.py that only the exercises use."""

from itertools import pairwise

import numpy as np
import pytest
from numeric import central_differences, parameter_gradients, relative_error

from solutions.backprop import (
    PAIRINGS,
    activation_slope,
    backward,
    descent_step,
    forward,
    gradient_check,
    layer_backward,
    mlp_gradients,
    output_delta,
    output_loss,
    sigmoid,
    tied_loss,
    tied_steps,
    train_classifier,
)
from solutions.loss import bce_with_logits, half_sse, mse

rng = np.random.default_rng(20240505)
SIZES = [(1, 2, 3, 2), (5, 3, 4, 1), (4, 3, 3, 3)]  # n, and the widths of the layers


def network(n: int, *sizes: int, dtype: type = np.float64) -> tuple[np.ndarray, np.ndarray, list]:
    """Inputs, targets and parameters."""
    parameters = [
        (rng.normal(size=(d, e)).astype(dtype), rng.normal(size=e).astype(dtype))
        for d, e in pairwise(sizes)
    ]
    X, y = rng.normal(size=(n, sizes[0])), rng.normal(size=(n, sizes[-1]))
    return X.astype(dtype), y.astype(dtype), parameters


def assert_gradients(claimed: list, true: list) -> None:
    assert len(claimed) == len(true)
    for pair, expected in zip(claimed, true, strict=True):
        for c, t in zip(pair, expected, strict=True):
            assert relative_error(c, t) <= 1e-7


@pytest.mark.parametrize("name", ["relu", "tanh", "softplus", "silu"])
def test_activation_slope(name: str) -> None:
    f = {
        "relu": lambda z: np.maximum(z, 0),
        "tanh": np.tanh,
        "softplus": lambda z: np.logaddexp(0, z),
        "silu": lambda z: z * sigmoid(z),
    }[name]
    for shape in [(4,), (2, 3)]:
        z = 2 * rng.normal(size=shape)
        true = central_differences(lambda z: np.sum(f(z)), z)
        assert relative_error(activation_slope(z, name), true) <= 1e-7
    extreme = activation_slope(np.array([-1000, 0, 1000], np.float32), name)
    assert extreme.dtype == np.float32
    assert extreme.tolist() in ([0, 0, 1], [0, 0.5, 1], [0, 1, 0])
    with pytest.raises(ValueError, match="name must be relu, tanh, softplus or silu, got 'gelu'"):
        activation_slope(z, "gelu")


@pytest.mark.parametrize(("n", "d", "e"), [(1, 2, 3), (5, 1, 2), (3, 3, 3), (4, 3, 1)])
def test_layer_backward(n: int, d: int, e: int) -> None:
    a, W, b, y = (rng.normal(size=shape) for shape in ((n, d), (d, e), (e,), (n, e)))
    dW, db, da = layer_backward(a @ W + b - y, a, W)
    assert relative_error(dW, central_differences(lambda W: half_sse(a @ W + b, y), W)) <= 1e-7
    assert relative_error(db, central_differences(lambda b: half_sse(a @ W + b, y), b)) <= 1e-7
    assert relative_error(da, central_differences(lambda a: half_sse(a @ W + b, y), a)) <= 1e-7
    with pytest.raises(ValueError, match=r"delta must have the shape of a_in @ W, .* got"):
        layer_backward(y[:, :0], a, W)


def test_gradient_check() -> None:
    x = rng.normal(size=(2, 3))
    right = np.cos(x)
    assert np.max(gradient_check(lambda x: np.sum(np.sin(x)), x, right)) < 1e-8
    errors = gradient_check(lambda x: np.sum(np.sin(x)), x, right * [1, 2, -1])
    assert errors == pytest.approx(np.array([[0, 0.5, 2]] * 2), abs=1e-8)
    assert gradient_check(lambda x: 0.0, np.array([1, 2]), np.array([0.0, 3.0])).tolist() == [0, 1]
    rough = gradient_check(lambda x: x @ x, np.array([0.3, 0.7], np.float32), np.array([0.6, 1.4]))
    assert rough.dtype == np.float64
    assert np.max(rough) < 1e-6
    with pytest.raises(ValueError, match=r"claimed must have the shape of x, \(2, 3\), got \(2,\)"):
        gradient_check(np.sum, x, np.zeros(2))


@pytest.mark.parametrize("sizes", [*SIZES, (4, 3, 2), (2, 3, 5, 4, 2)])
def test_mlp_gradients(sizes: tuple) -> None:
    X, y, parameters = network(*sizes)

    def loss(parameters: list) -> np.floating:
        a = X
        for W, b in parameters[:-1]:
            a = np.tanh(a @ W + b)
        return mse(a @ parameters[-1][0] + parameters[-1][1], y)

    assert_gradients(mlp_gradients(X, y, parameters), parameter_gradients(loss, parameters))


@pytest.mark.parametrize("sizes", SIZES)
def test_descent_step(sizes: tuple) -> None:
    X, y, parameters = network(*sizes)

    def loss(parameters: list) -> np.floating:
        (W1, b1), (W2, b2) = parameters
        return half_sse(sigmoid(X @ W1 + b1) @ W2 + b2, y) / len(y)

    after, true = descent_step(X, y, parameters, 0.1), parameter_gradients(loss, parameters)
    moved = [
        [(w - v) / 0.1 for w, v in zip(*pairs, strict=True)]
        for pairs in zip(parameters, after, strict=True)
    ]
    assert_gradients(moved, true)


@pytest.mark.parametrize("sizes", [(1, 2, 3, 1), (5, 3, 4, 1), (4, 2, 4, 1)])
def test_train_classifier(sizes: tuple) -> None:
    X, _, parameters = network(*sizes)
    y = rng.integers(0, 2, (len(X), 1)) * 1.0

    def loss(parameters: list) -> np.floating:
        return bce_with_logits(forward(X, parameters)[0], y)

    after, losses = train_classifier(X, y, parameters, 0.1, 1)
    true = parameter_gradients(loss, parameters)
    for pair, new, gradients in zip(parameters, after, true, strict=True):
        for w, v, g in zip(pair, new, gradients, strict=True):
            assert (w - v) / 0.1 == pytest.approx(g, rel=1e-7, abs=1e-9)
    assert losses == pytest.approx(np.array([loss(parameters)]))
    assert loss(after) < losses[0]


def test_the_four_points_are_learnt() -> None:
    X = np.array([[1.0, 2.0], [2.0, 3.0], [3.0, 4.0], [4.0, 5.0]])
    y = np.array([[0.0], [0.0], [1.0], [1.0]])
    start = [(np.array([[0.5, -0.4, 0.3], [0.2, 0.6, -0.1]]), np.zeros(3))]
    start += [(np.array([[0.4], [-0.5], [0.3]]), np.zeros(1))]
    after, losses = train_classifier(X, y, start, 0.1, 1000)
    assert losses[-1] < 0.02 < losses[0]
    p = sigmoid(forward(X, after)[0])
    # The corrected program of the article ends at .0002, .026, .981 and 1.000.
    assert p == pytest.approx(np.array([[0.0002], [0.026], [0.981], [1.0]]), abs=2e-3)


@pytest.mark.parametrize(("n", "d", "h"), [(1, 3, 2), (4, 2, 3), (3, 3, 3), (5, 4, 1)])
def test_tied_steps(n: int, d: int, h: int) -> None:
    X, W = rng.normal(size=(n, d)), rng.normal(size=(d, h))
    gap_1, gap_2, gap_3 = tied_steps(X, W)
    true = central_differences(lambda Y: mse(Y, X), np.tanh(X @ W) @ W.T)
    assert relative_error(gap_1, true) <= 1e-7
    true = central_differences(lambda z: mse(np.tanh(z) @ W.T, X), X @ W)
    assert relative_error(gap_2, true) <= 1e-7
    true = central_differences(lambda W: tied_loss(X, W), W)
    assert relative_error(gap_3, true) <= 1e-7


@pytest.mark.parametrize("pairing", PAIRINGS)
def test_output_delta(pairing: str) -> None:
    for n, classes in [(1, 3), (5, 4), (3, 2)]:
        z, y = 2 * rng.normal(size=(n, classes)), np.eye(classes)[rng.integers(0, classes, n)]
        true = central_differences(lambda z, y=y: output_loss(z, y, pairing), z)
        assert relative_error(output_delta(z, y, pairing), true) <= 1e-7
        extreme = output_delta((1000 * z).astype(np.float32), y.astype(np.float32), pairing)
        assert extreme.dtype == np.float32
        assert np.isfinite(extreme).all()
    with pytest.raises(ValueError, match=r"y must have the shape of z, .* got \(2,\)"):
        output_delta(z, np.zeros(2), pairing)
    with pytest.raises(ValueError, match=r"pairing must be one of linear \+ half SSE, .* got"):
        output_delta(z, y, "softmax + BCE")


def test_difference_does_not_fit_every_pairing() -> None:
    z, y = np.zeros((4, 10)), np.eye(10)[:4]
    right = output_delta(z, y, "sigmoid + CE")
    assert relative_error(output_delta(z, y, "sigmoid + BCE"), right) == pytest.approx(3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_and_arguments_stay(dtype: type) -> None:
    X, _, parameters = network(4, 3, 5, 1, dtype=dtype)
    y = rng.integers(0, 2, (4, 1)).astype(dtype)
    before = [X.copy(), y.copy(), *(a.copy() for pair in parameters for a in pair)]
    trained, losses = train_classifier(X, y, parameters, 0.1, 3)
    results = [*trained, *mlp_gradients(X, y, parameters), *descent_step(X, y, parameters, 0.1)]
    assert all(a.dtype == dtype for pair in results for a in pair)
    assert losses.dtype == dtype
    assert all(a.dtype == dtype for a in tied_steps(X, parameters[0][0]))
    delta, cache = y - forward(X, parameters)[0], forward(X, parameters)[1]
    a_in, W = cache[1][0], parameters[1][0]
    dW, db, _ = layer_backward(delta, a_in, W)
    assert np.array_equal(dW, backward(delta, parameters, cache)[1][0])
    assert np.array_equal(db, backward(delta, parameters, cache)[1][1])
    after = [X, y, *(a for pair in parameters for a in pair)]
    assert all(np.array_equal(a, b) for a, b in zip(after, before, strict=True))
