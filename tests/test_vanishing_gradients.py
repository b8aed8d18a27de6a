"""Deep networks: gradients, initialisation, batch normalisation, residual connections, figures."""

import re
import warnings
from itertools import pairwise

import numpy as np
import pytest
from numeric import ROOT, Gradient, central_differences, relative_error, run

from solutions import vanishing_gradients
from solutions.backprop import backward, forward, initialize
from solutions.data import digits
from solutions.loss import cross_entropy, cross_entropy_gradient
from solutions.vanishing_gradients import (
    batch_norm,
    batch_norm_fixed,
    batch_norm_gradient,
    clip_by_norm,
    he_std,
    leaky_relu,
    leaky_relu_derivative,
    norm_backward,
    norm_forward,
    residual_backward,
    residual_forward,
    running_statistics,
    xavier_std,
)

rng = np.random.default_rng(20240601)
CHAPTER = ROOT / "chapters" / "vanishing_gradients.md"
EPS = 1e-5
COLUMNS = [(rng.normal(size=n), (rng.normal(size=n), 1.7)) for n in (2, 5, 8)]


def chain(a: np.ndarray, w: np.ndarray) -> np.ndarray:
    for factor in w:
        a = np.tanh(factor * a)
    return a


def chain_formula(a: np.ndarray, w: np.ndarray) -> np.ndarray:
    product = np.ones(1)
    for factor in w:
        z = factor * a
        a, product = np.tanh(z), product * factor * (1 - np.tanh(z) ** 2)
    return product


def deep_loss(z: np.ndarray, weights: list[np.ndarray]) -> np.floating:
    """Return half the sum of squares of a tanh network's output, from the first layer's z."""
    for W in weights:
        z = np.tanh(z) @ W
    return np.sum(z**2) / 2


def deep_formula(z: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
    slopes = []
    for W in weights:
        slopes.append(np.diag(1 - np.tanh(z) ** 2))
        z = np.tanh(z) @ W
    product = z
    for W, D in zip(weights[::-1], slopes[::-1], strict=True):
        product = product @ W.T @ D
    return product


def standardise(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    s = np.sqrt(np.mean((z - np.mean(z)) ** 2) + EPS)
    return (z - np.mean(z)) / s, s


def dz_formula(z: np.ndarray, y: tuple) -> np.ndarray:
    (g, gamma), n, (z_hat, s) = y, len(z), standardise(z)
    h = gamma * g
    return 1 / s * (h - 1 / n * np.sum(h) - z_hat * (1 / n) * np.sum(h * z_hat))


def batch_norm_columns(z: np.ndarray, y: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of `solutions` for one unit."""
    g, gamma = y
    _, cache = batch_norm(z[:, None], np.array([gamma]), np.zeros(1), EPS)
    return batch_norm_gradient(g[:, None], cache)


def jacobian_row(z: np.ndarray, i: int) -> np.ndarray:
    (z_hat, s), n = standardise(z), len(z)
    return 1 / s * ((np.arange(n) == i) - 1 / n - z_hat[i] * z_hat / n)


def residual_layer(a: np.ndarray, y: tuple) -> np.ndarray:
    g, W, b = y
    return np.sum(g * (a + np.tanh(a @ W + b)))


def residual_formula(a: np.ndarray, y: tuple) -> np.ndarray:
    g, W, b = y
    return g + (g * (1 - np.tanh(a @ W + b) ** 2)) @ W.T


# For each gradient equation of chapters/vanishing_gradients.md: its LaTeX, the function, the
# right-hand side as displayed, the function of solutions, and points (x, y).
GRADIENTS = {
    "eq-vanishing-gradients-chain": Gradient(
        r"\frac{d a_K}{d a_0}=\prod_{k=1}^{K} w_k\,f'(z_k)",
        lambda a, w: chain(a, w)[0],
        chain_formula,
        None,
        [(rng.normal(size=1), 1.5 * rng.normal(size=k)) for k in (1, 2, 5)],
    ),
    "eq-vanishing-gradients-product": Gradient(
        r"\frac{\partial L}{\partial z^{(1)}}=\delta^{(K)}\,W^{(K)\top}D^{(K-1)}\,"
        r"W^{(K-1)\top}D^{(K-2)}\cdots W^{(2)\top}D^{(1)}",
        deep_loss,
        deep_formula,
        None,
        [
            (rng.normal(size=widths[0]), [rng.normal(size=s) for s in pairwise(widths)])
            for widths in [(3, 2), (2, 3, 4), (4, 3, 2, 3)]
        ],
    ),
    "eq-vanishing-gradients-gamma": Gradient(
        r"\frac{\partial L}{\partial\gamma}=\sum_i g_i\,\hat z_i",
        lambda gamma, y: np.sum(y[1] * (gamma * standardise(y[0])[0] + 0.3)),
        lambda gamma, y: np.sum(y[1] * standardise(y[0])[0]).reshape(1),
        lambda gamma, y: batch_norm_columns(y[0], (y[1], gamma[0]))[1],
        [(rng.normal(size=1), (z, g)) for z, (g, _) in COLUMNS],
    ),
    "eq-vanishing-gradients-beta": Gradient(
        r"\frac{\partial L}{\partial\beta}=\sum_i g_i",
        lambda beta, y: np.sum(y[1] * (0.7 * standardise(y[0])[0] + beta)),
        lambda beta, y: np.sum(y[1]).reshape(1),
        lambda beta, y: batch_norm_columns(y[0], (y[1], 0.7))[2],
        [(rng.normal(size=1), (z, g)) for z, (g, _) in COLUMNS],
    ),
    "eq-vanishing-gradients-s": Gradient(
        r"\frac{\partial s}{\partial z_k}=\frac{\hat z_k}{n}",
        lambda z, _: standardise(z)[1],
        lambda z, _: standardise(z)[0] / len(z),
        None,
        COLUMNS,
    ),
    "eq-vanishing-gradients-jacobian": Gradient(
        r"\frac{\partial\hat z_i}{\partial z_k}=\frac1s\left([i=k]-\frac1n"
        r"-\frac{\hat z_i\,\hat z_k}{n}\right)",
        lambda z, i: standardise(z)[0][i],
        jacobian_row,
        None,
        [(rng.normal(size=n), i) for n in (3, 6) for i in (0, 2)],
    ),
    "eq-vanishing-gradients-dz": Gradient(
        r"\frac{\partial L}{\partial z_k}=\frac1s\left(\gamma\,g_k-\frac1n\sum_i\gamma\,g_i"
        r"-\hat z_k\,\frac1n\sum_i\gamma\,g_i\,\hat z_i\right)",
        lambda z, y: np.sum(y[0] * y[1] * standardise(z)[0]),
        dz_formula,
        lambda z, y: batch_norm_columns(z, y)[0][:, 0],
        [point for point in COLUMNS if len(point[0]) > 2],
    ),
    "eq-vanishing-gradients-residual": Gradient(
        r"\frac{\partial L}{\partial a^{(l-1)}}"
        r"=g+\bigl(g\odot f'(z^{(l)})\bigr)\,W^{(l)\top}",
        residual_layer,
        residual_formula,
        None,
        [
            (rng.normal(size=(n, d)), (rng.normal(size=(n, d)), rng.normal(size=(d, d)), 0.1))
            for n, d in [(1, 2), (3, 3), (4, 2)]
        ],
    ),
    "eq-vanishing-gradients-leaky": Gradient(
        r"f'(z)=\begin{cases}1 & \text{if } z>0,\\ \alpha & \text{otherwise.}\end{cases}",
        lambda z, alpha: np.sum(np.where(z > 0, z, alpha * z)),
        lambda z, alpha: np.where(z > 0, 1, alpha),
        leaky_relu_derivative,
        [(rng.normal(size=shape), alpha) for shape, alpha in [((5,), 0.01), ((3, 4), 0.3)]],
    ),
}

NORMS = [
    (rng.normal(size=(n, d)), rng.normal(size=d), rng.normal(size=d)) for n, d in [(3, 2), (5, 4)]
]

# Arguments on which the functions spelled out in the chapter must equal those of solutions. Those
# that return several arrays of unequal shapes are compared further down.
SAME = {
    "xavier_std": [(64, 10), (3, 5)],
    "he_std": [(64, 10), (3, 5)],
    "batch_norm": [],
    "batch_norm_gradient": [],
}


def test_batch_norm_of_the_chapter() -> None:
    names = run(CHAPTER).names
    for arguments in NORMS:
        y, cache = names["batch_norm"](*arguments)
        expected, expected_cache = batch_norm(*arguments)
        for a, b in zip((y, *cache), (expected, *expected_cache), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12)
        ours, theirs = (f(y, cache) for f in (names["batch_norm_gradient"], batch_norm_gradient))
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("n", "d"), [(2, 1), (3, 2), (7, 4), (5, 5)])
def test_gradients_of_batch_norm(n: int, d: int) -> None:
    # A large eps where n = 2, since two values standardise to ±1 and leave no gradient.
    eps = 0.5 if n == 2 else EPS
    z, g, gamma, beta = *rng.normal(size=(2, n, d)), *rng.normal(size=(2, d))
    dz, dgamma, dbeta = batch_norm_gradient(g, batch_norm(z, gamma, beta, eps)[1])

    def loss(z: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> np.floating:
        return np.sum(g * batch_norm(z, gamma, beta, eps)[0])

    for claimed, true in [
        (dz, central_differences(lambda z: loss(z, gamma, beta), z)),
        (dgamma, central_differences(lambda gamma: loss(z, gamma, beta), gamma)),
        (dbeta, central_differences(lambda beta: loss(z, gamma, beta), beta)),
    ]:
        assert relative_error(claimed, true) <= 1e-7
    assert dz.sum(axis=0) == pytest.approx(0, abs=1e-12)


def deep_parameters(sizes: tuple[int, ...], norm: bool) -> list[tuple[np.ndarray, ...]]:
    parameters = [(W, rng.normal(size=len(b))) for W, b in initialize(sizes, rng)]
    if norm:
        hidden = [(W, 1 + b / 10, b) for W, b in parameters[:-1]]
        parameters = [*hidden, parameters[-1]]
    return parameters


NETWORKS = {
    "residual": (residual_forward, residual_backward),
    "norm": (norm_forward, norm_backward),
}


@pytest.mark.parametrize("sizes", [(3, 4, 2), (3, 3, 3, 2), (2, 5, 5, 5, 3), (4, 2)])
@pytest.mark.parametrize("kind", NETWORKS)
def test_gradients_of_deep_networks(kind: str, sizes: tuple[int, ...]) -> None:
    there, back = NETWORKS[kind]
    parameters = deep_parameters(sizes, kind == "norm")
    X, labels = rng.normal(size=(6, sizes[0])), rng.integers(0, sizes[-1], 6)
    z, cache = there(X, parameters)
    gradients = back(cross_entropy_gradient(z, labels), parameters, cache)
    assert len(gradients) == len(parameters)
    for i, layer in enumerate(parameters):
        for j, array in enumerate(layer):

            def loss(value: np.ndarray, i: int = i, j: int = j) -> np.floating:
                changed = [list(arrays) for arrays in parameters]
                changed[i][j] = value
                return cross_entropy(there(X, changed)[0], labels)

            assert relative_error(gradients[i][j], central_differences(loss, array)) <= 1e-6


def test_residual_network_without_square_layers_is_a_plain_one() -> None:
    parameters, X = deep_parameters((3, 4, 2), norm=False), rng.normal(size=(5, 3))
    (ours, our_cache), (theirs, cache) = residual_forward(X, parameters), forward(X, parameters)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    delta = rng.normal(size=(5, 2))
    gradients = residual_backward(delta, parameters, our_cache)
    for layer, expected in zip(gradients, backward(delta, parameters, cache), strict=True):
        for a, b in zip(layer, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12)


def test_zero_residual_layers_hand_the_signal_and_the_gradient_through() -> None:
    zero = [(np.zeros((3, 3)), np.zeros(3))] * 7
    X, delta = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    last = (np.eye(3), np.zeros(3))
    z, cache = residual_forward(X, [*zero, last])
    assert np.array_equal(z, X)
    gradients = residual_backward(delta, [*zero, last], cache)
    np.testing.assert_allclose(gradients[-1][0], X.T @ delta)


def test_batch_norm_standardises() -> None:
    z = 50 + 20 * rng.normal(size=(30, 4))
    z_hat, (_, s, _) = batch_norm(z, np.ones(4), np.zeros(4))
    assert z_hat.mean(axis=0) == pytest.approx(0, abs=1e-12)
    assert z_hat.var(axis=0) == pytest.approx(1, rel=1e-6)
    assert s == pytest.approx(z.std(axis=0))
    same = batch_norm(10 * z, np.ones(4), np.zeros(4), eps=0)[0]
    assert same == pytest.approx(batch_norm(z, np.ones(4), np.zeros(4), eps=0)[0])
    alone, _ = batch_norm(z[:1], np.full(4, 3.0), np.arange(4.0))
    assert np.array_equal(alone[0], np.arange(4.0))


def test_batch_norm_by_hand() -> None:
    y, _ = batch_norm([[1, 0], [3, 4]], [2, 1], [0, 1], eps=0)
    assert y.tolist() == [[-2, 0], [2, 2]]
    fixed = batch_norm_fixed([[1, 0], [3, 4]], [2, 1], [0, 1], [2, 2], [1, 4], eps=0)
    assert fixed.tolist() == [[-2, 0], [2, 2]]


def test_fixed_statistics_of_the_batch_give_the_batch_norm() -> None:
    z, gamma, beta = NORMS[1]
    fixed = batch_norm_fixed(z, gamma, beta, z.mean(axis=0), z.var(axis=0))
    np.testing.assert_allclose(fixed, batch_norm(z, gamma, beta)[0], rtol=1e-12)
    np.testing.assert_allclose(
        batch_norm_fixed(z[:1], gamma, beta, z.mean(axis=0), z.var(axis=0)), fixed[:1]
    )
    parameters, X = deep_parameters((3, 4, 4, 2), norm=True), rng.normal(size=(6, 3))
    out, cache = norm_forward(X, parameters)
    statistics = [(z.mean(axis=0), z.var(axis=0)) for _, z, _ in cache[:-1]]
    np.testing.assert_allclose(norm_forward(X, parameters, statistics)[0], out, rtol=1e-10)
    np.testing.assert_allclose(norm_forward(X[:2], parameters, statistics)[0], out[:2], rtol=1e-10)


def test_initial_weights_keep_the_variance() -> None:
    """The claim of the derivation, for one layer of many units."""
    d_in, d_out = 400, 300
    z = rng.normal(size=(500, d_in))
    for std, f, expected in [
        (he_std, lambda z: np.maximum(z, 0), 1.0),
        (xavier_std, lambda z: z, 2 * d_in / (d_in + d_out)),
    ]:
        W = std(d_in, d_out) * rng.normal(size=(d_in, d_out))
        assert np.var(f(z) @ W) == pytest.approx(expected, rel=0.05)
    assert he_std(50, 3) == 0.2
    assert xavier_std(30, 20) == 0.2
    assert type(he_std(50, 3)) is type(xavier_std(30, 20)) is float
    default = initialize([200, 100], np.random.default_rng(1))[0][0]
    assert np.array_equal(default, initialize([200, 100], np.random.default_rng(1), he_std)[0][0])


def test_gradient_norms_over_the_depth() -> None:
    """The evidence of E12 and E26: the table of the chapter."""
    depths, table = (run(CHAPTER).names[name] for name in ("depths", "table"))
    norms = {name: dict(zip(depths, row, strict=True)) for name, row in table.items()}
    for depth, size in [(2, 0.375), (10, 3e-6), (20, 2e-12), (40, 3e-25)]:
        assert 1 / 3 < norms["sigmoid, 1/√d"][depth] / size < 3
    assert 1e12 < norms["ReLU, 3/√d"][40] < 1e15
    for depth in depths:
        assert 0.1 < norms["ReLU, √2/√d"][depth] < 10
        assert 0.05 < norms["tanh, 1/√d"][depth] < 10


def test_weight_decay_makes_it_worse() -> None:
    """The evidence of E31: with weights times 0.9 the gradient shrinks by 0.9 for each layer."""
    X, labels, _, _ = digits()
    parameters = initialize([64] * 40 + [10], np.random.default_rng(3))
    z, cache = forward(X[:20], parameters)
    delta = cross_entropy_gradient(z, labels[:20])
    before = np.linalg.norm(backward(delta, parameters, cache)[0][0])
    decayed = [(0.9 * W, b) for W, b in parameters]
    after = np.linalg.norm(backward(delta, decayed, forward(X[:20], decayed)[1])[0][0])
    assert after / before == pytest.approx(0.9**39, rel=1e-6)
    assert after / before == pytest.approx(0.30 / 18.5, rel=0.05)


def test_cures_of_the_chapter() -> None:
    names = run(CHAPTER).names
    curves = {name: norms[-1] for name, norms in names["curves"].items()}
    assert curves["plain"] < 1e-40
    assert 0.01 < curves["residual"] < 1
    at_20, at_40 = names["curves"]["batch norm"][4], curves["batch norm"]
    assert (at_40 / at_20) ** (1 / 20) == pytest.approx(np.sqrt(np.pi / (np.pi - 1)), rel=0.03)
    reached = {name: np.mean(losses[-20:]) for name, (_, losses) in names["runs"].items()}
    assert reached["plain, 0.01"] == pytest.approx(np.log(10), abs=0.01)
    assert all(loss < 0.6 for name, loss in reached.items() if name != "plain, 0.01")


def test_what_the_chapter_prints() -> None:
    printed = run(CHAPTER).printed
    assert "slopes [1. 1. 0.]\nproduct [[0.1  0.15 0.  ]]" in printed
    assert re.search(r"bound inf: \d steps, last loss \d\.\d+e\+", printed)
    assert re.search(r"bound 1: 260 steps, last loss 0\.\d", printed)
    assert "lr 0.05: [0, 0] of 64 dead, last loss 0." in printed
    assert re.search(r"lr 2\.0: \[[56]\d, [56]\d\] of 64 dead, last loss 2\.3", printed)
    assert re.search(r"loss 2\.30\d, of a guess 2\.303", printed)
    assert "0.9 to the power of 39: 0.0164" in printed
    accuracy = dict(re.findall(r"^(\w.*, 0.01|plain, He) +(0\.\d+)$", printed, re.M))
    assert float(accuracy.pop("plain, 0.01")) < 0.2
    assert len(accuracy) == 3
    assert all(float(share) > 0.9 for share in accuracy.values())


def test_leaky_relu() -> None:
    z = np.array([-2.0, 0.0, 3.0])
    assert leaky_relu(z, 0.5).tolist() == [-1, 0, 3]
    assert leaky_relu_derivative(z, 0.5).tolist() == [0.5, 0.5, 1]
    assert leaky_relu(z).tolist() == [-0.02, 0, 3]


def test_dtype_in_is_dtype_out_and_arguments_stay() -> None:
    for dtype in (np.float32, np.float64):
        z, gamma, beta = (value.astype(dtype) for value in NORMS[0])
        before = z.copy()
        y, cache = batch_norm(z, gamma.astype(np.float64), beta)
        results = [
            y,
            *batch_norm_gradient(z, cache),
            batch_norm_fixed(z, gamma, beta, beta, gamma**2),
        ]
        results += [leaky_relu(z), leaky_relu_derivative(z), *running_statistics(z, beta, gamma**2)]
        results += clip_by_norm([z, gamma], 0.1)
        for there, back in NETWORKS.values():
            parameters = deep_parameters((2, 3, 3, 2), there is norm_forward)
            parameters = [tuple(a.astype(dtype) for a in layer) for layer in parameters]
            out, cache = there(z, parameters)
            results += [out, *(a for layer in back(out, parameters, cache) for a in layer)]
        assert {a.dtype for a in results} == {np.dtype(dtype)}
        assert np.array_equal(z, before)
    assert batch_norm([[1], [2]], [1], [0])[0].dtype == np.float64


def test_constant_columns_give_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y, cache = batch_norm(np.full((4, 2), 7.0), np.ones(2), np.full(2, 0.5))
        assert y.tolist() == [[0.5, 0.5]] * 4
        assert np.isfinite(batch_norm_gradient(np.ones((4, 2)), cache)[0]).all()


Z, D = np.ones((3, 2)), np.ones(2)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: batch_norm([1.0, 2.0], D, D), ValueError, r"z must have shape \(n, d\)"),
        (lambda: batch_norm(Z, 1.0, D), ValueError, r"gamma must have shape \(2,\), got \(\)"),
        (lambda: batch_norm(Z, D, Z), ValueError, r"beta must have shape \(2,\), got \(3, 2\)"),
        (lambda: batch_norm(Z, D, D, -1), ValueError, r"eps must lie in \[0, inf\], got -1"),
        (lambda: batch_norm([["a"]], D, D), TypeError, "z must hold real numbers, got dtype <U1"),
        (lambda: batch_norm([[1], [1, 2]], D, D), ValueError, "z must be a rectangular array"),
        (
            lambda: batch_norm_gradient(Z.T, batch_norm(Z, D, D)[1]),
            ValueError,
            r"dy must have shape \(3, 2\), got \(2, 3\)",
        ),
        (lambda: batch_norm_fixed(Z, D, D, D, Z), ValueError, r"var must have shape \(2,\)"),
        (lambda: norm_forward(D, []), ValueError, r"X must have shape \(n, d\)"),
        (lambda: residual_forward(D, []), ValueError, r"X must have shape \(n, d\)"),
        (lambda: norm_forward(Z, []), ValueError, "parameters must hold a layer, got none"),
        (
            lambda: residual_forward(Z, [(np.ones((2, 3)), D), (np.ones((2, 3)), D)]),
            ValueError,
            r"W of layer 2 must have shape \(3, 3\), got \(2, 3\)",
        ),
        (lambda: he_std(0, 3), ValueError, r"d_in must lie in \[1, inf\], got 0"),
        (lambda: he_std(3, 0), ValueError, r"d_out must lie in \[1, inf\], got 0"),
        (lambda: xavier_std(3, -2), ValueError, r"d_out must lie in \[1, inf\], got -2"),
    ],
)
def test_bad_arguments_are_an_error(call, error, message) -> None:  # noqa: ANN001
    with pytest.raises(error, match=message):
        call()


def test_every_public_function_has_types_and_says_shapes() -> None:
    public = [
        f
        for name, f in vars(vanishing_gradients).items()
        if callable(f)
        and not name.startswith("_")
        and hasattr(f, "__module__")
        and getattr(f, "__module__", "") == vanishing_gradients.__name__
    ]
    assert len(public) >= 15
    for f in public:
        assert f.__annotations__.keys() >= {"return"}, f.__name__
        assert len(f.__doc__.split()) >= 10, f.__name__
