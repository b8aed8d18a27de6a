"""The functions of solutions/vanishing_gradients.py that only the exercises use."""

import warnings

import numpy as np
import pytest
from numeric import central_differences, relative_error

from solutions.backprop import backward, forward, initialize, relu_derivative
from solutions.vanishing_gradients import (
    batch_norm_fixed,
    clip_by_norm,
    dead_units,
    delta_norms,
    fold_batch_norm,
    he_std,
    highway,
    highway_steps,
    layer_norm,
    layer_norm_gradient,
    leaky_he_std,
    leaky_relu,
    running_statistics,
)

rng = np.random.default_rng(20240602)


@pytest.mark.parametrize("slope", [0.0, 0.01, 0.5, 1.0, -1.0, 2.0])
def test_leaky_he_std_keeps_the_variance(slope: float) -> None:
    z = rng.normal(size=(500, 300))
    W = leaky_he_std(300, slope) * rng.normal(size=(300, 400))
    assert np.var(leaky_relu(z, slope) @ W) == pytest.approx(1, rel=0.12)
    assert leaky_he_std(7, 0.0) == he_std(7, 3)
    with pytest.raises(ValueError, match=r"d_in must lie in \[1, inf\], got 0"):
        leaky_he_std(0, slope)


def test_dead_units() -> None:
    assert dead_units([[0, 1, -1], [0, -1, 2], [-3, -1, -1]]).tolist() == [True, False, False]
    parameters = initialize([3, 40, 2], rng)
    W, b = parameters[0]
    b = np.where(np.arange(40) % 3 == 0, -100.0, b)
    X = rng.normal(size=(20, 3))
    z, cache = forward(X, [(W, b), parameters[1]])
    gradients = backward(np.ones_like(z), [(W, b), parameters[1]], cache)
    dead = dead_units(cache[0][1])
    assert dead[::3].all()
    assert np.array_equal(dead, ~gradients[0][1].astype(bool))  # no gradient for the bias
    with pytest.raises(ValueError, match=r"z must have shape \(n, d\) with n >= 1, got \(3,\)"):
        dead_units([1.0, 2.0, 3.0])


def test_clip_by_norm() -> None:
    gradients = [rng.normal(size=shape) for shape in [(3, 2), (2,), (2, 4)]]
    vector = np.concatenate([g.ravel() for g in gradients])
    norm = np.linalg.norm(vector)
    for bound in (0.1, 0.99 * norm, 1.01 * norm, 1e9):
        clipped = clip_by_norm(gradients, bound)
        flat = np.concatenate([g.ravel() for g in clipped])
        assert np.linalg.norm(flat) == pytest.approx(min(norm, bound), rel=1e-12)
        assert flat / np.linalg.norm(flat) == pytest.approx(vector / norm, rel=1e-12)
        assert [g.shape for g in clipped] == [g.shape for g in gradients]
        assert not any(np.shares_memory(a, b) for a, b in zip(clipped, gradients, strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert clip_by_norm([np.zeros(2)], 1.0)[0].tolist() == [0, 0]
        huge = clip_by_norm([np.array([3e30, 4e30], np.float32)], 5.0)[0]
    assert huge == pytest.approx(np.array([3, 4]), rel=1e-6)
    assert huge.dtype == np.float32
    for bad in (0, -1, np.nan, np.inf):
        with pytest.raises(ValueError, match="max_norm must be positive and finite, got"):
            clip_by_norm(gradients, bad)
    for bad in (np.nan, np.inf, 1e200):
        with pytest.raises(ValueError, match="gradients must have a finite norm, got"):
            clip_by_norm([np.array([1.0, bad])], 1.0)


def test_running_statistics_approach_those_of_the_data() -> None:
    mean, var = np.zeros(2), np.ones(2)
    seen = []
    for _ in range(3000):
        batch = [5.0, -3.0] + [2.0, 0.5] * rng.normal(size=(4, 2))
        mean, var = running_statistics(batch, mean, var, 0.01)
        seen.append(var)
    assert mean == pytest.approx(np.array([5, -3]), abs=0.4)
    assert np.mean(seen[1000:], axis=0) == pytest.approx(np.array([4, 0.25]), rel=0.06)
    once = running_statistics([[1, 2], [3, 6]], [0, 8], [1, 4], 0.25)
    assert [value.tolist() for value in once] == [[0.5, 7], [1.25, 5]]
    with pytest.raises(ValueError, match=r"z must have shape \(n, d\) with n >= 2, got \(1, 2\)"):
        running_statistics([[1, 2]], [0, 0], [1, 1])
    with pytest.raises(ValueError, match=r"momentum must lie in \[0, 1\], got 1.5"):
        running_statistics([[1, 2], [1, 2]], [0, 0], [1, 1], 1.5)
    with pytest.raises(ValueError, match=r"mean must have shape \(2,\), got \(1,\)"):
        running_statistics([[1, 2], [1, 2]], [0], [1, 1])


def test_delta_norms_are_those_of_backward() -> None:
    parameters = initialize([3, 5, 4, 6, 2], rng)
    X, delta = rng.normal(size=(7, 3)), rng.normal(size=(7, 2))
    _, cache = forward(X, parameters)
    norms = delta_norms(
        delta, [W for W, _ in parameters[1:]], [relu_derivative(z) for _, z in cache[:-1]]
    )
    assert norms.shape == (4,)
    assert norms[-1] == np.linalg.norm(delta)
    # δ of layer l times its slopes is the gradient of a loss ⟨delta, output⟩ that starts at z.
    for layer in range(3):

        def loss(z: np.ndarray, layer: int = layer) -> np.floating:
            for W, b in parameters[layer + 1 :]:
                z = np.maximum(z, 0) @ W + b
            return np.sum(delta * z)

        true = np.linalg.norm(central_differences(loss, cache[layer][1]))
        assert norms[layer] == pytest.approx(true, rel=1e-7)
    assert delta_norms(delta, [], []).tolist() == [np.linalg.norm(delta)]
    assert delta_norms(delta.astype(np.float32), [], []).dtype == np.float32
    with pytest.raises(ValueError, match="weights must have 0 entries, as slopes, got 1"):
        delta_norms(delta, [np.eye(2)], [])
    with pytest.raises(ValueError, match=r"weights\[0\] must have shape \(3, 2\), got \(2, 3\)"):
        delta_norms(delta, [np.ones((2, 3))], [np.ones((7, 3))])
    with pytest.raises(ValueError, match=r"slopes\[0\] must have shape \(7, 3\), got \(6, 3\)"):
        delta_norms(delta, [np.ones((3, 2))], [np.ones((6, 3))])


def test_fold_batch_norm_computes_the_same() -> None:
    for d_in, d_out in [(1, 1), (3, 2), (2, 5)]:
        X, W = rng.normal(size=(6, d_in)), rng.normal(size=(d_in, d_out))
        b, gamma, beta, mean = rng.normal(size=(4, d_out))
        var = rng.uniform(0.1, 2, size=d_out)
        W_new, b_new = fold_batch_norm(W, b, gamma, beta, mean, var, 0.01)
        expected = batch_norm_fixed(X @ W + b, gamma, beta, mean, var, 0.01)
        np.testing.assert_allclose(X @ W_new + b_new, expected, rtol=1e-11)
        assert (
            fold_batch_norm(W.astype(np.float32), b, gamma, beta, mean, var)[1].dtype == np.float32
        )
    with pytest.raises(ValueError, match=r"b must have shape \(5,\), got \(2,\)"):
        fold_batch_norm(W, [1, 2], gamma, beta, mean, var)


@pytest.mark.parametrize(("n", "d"), [(1, 1), (1, 3), (4, 2), (3, 3)])
def test_highway_steps(n: int, d: int) -> None:
    dy, x = rng.normal(size=(2, n, d))
    (W_h, W_t), (b_h, b_t) = rng.normal(size=(2, d, d)), rng.normal(size=(2, d))
    gap_1, gap_2, gap_3 = highway_steps(dy, x, W_h, b_h, W_t, b_t)
    true = central_differences(lambda x: np.sum(dy * highway(x, W_h, b_h, W_t, b_t)), x)
    assert relative_error(gap_3, true) <= 1e-7
    # The gradients with respect to the biases are the sums of those of the pre-activations.
    true = central_differences(lambda b: np.sum(dy * highway(x, W_h, b, W_t, b_t)), b_h)
    assert relative_error(gap_1.sum(axis=0), true) <= 1e-7
    true = central_differences(lambda b: np.sum(dy * highway(x, W_h, b_h, W_t, b)), b_t)
    assert relative_error(gap_2.sum(axis=0), true) <= 1e-7


def test_a_closed_gate_is_the_identity_and_an_open_one_a_plain_layer() -> None:
    dy, x = rng.normal(size=(2, 5, 3))
    W_h, b_h, W_t = rng.normal(size=(3, 3)), rng.normal(size=3), rng.normal(size=(3, 3))
    with warnings.catch_warnings(), np.errstate(over="raise"):
        warnings.simplefilter("error")
        assert highway(x, W_h, b_h, W_t, np.full(3, -1000.0)) == pytest.approx(x)
        assert highway_steps(dy, x, W_h, b_h, W_t, np.full(3, -1000.0))[2] == pytest.approx(dy)
        opened = highway(x, W_h, b_h, W_t, np.full(3, 1000.0))
    assert opened == pytest.approx(np.tanh(x @ W_h + b_h))
    assert {a.dtype for a in highway_steps(dy, x.astype(np.float32), W_h, b_h, W_t, b_h)} == {
        np.dtype(np.float32)
    }
    with pytest.raises(ValueError, match=r"W_t must have shape \(3, 3\), got \(2, 3\)"):
        highway_steps(dy, x, W_h, b_h, W_t[:2], b_h)
    with pytest.raises(ValueError, match=r"dy must have shape \(5, 3\), got \(4, 3\)"):
        highway_steps(dy[:4], x, W_h, b_h, W_t, b_h)


@pytest.mark.parametrize(("n", "d", "eps"), [(1, 4, 1e-5), (5, 3, 1e-5), (3, 2, 0.5), (4, 6, 0.1)])
def test_layer_norm_gradient(n: int, d: int, eps: float) -> None:
    (z, dy), (gamma, beta) = rng.normal(size=(2, n, d)), rng.normal(size=(2, d))
    dz, dgamma, dbeta = layer_norm_gradient(dy, z, gamma, eps)
    true = central_differences(lambda z: np.sum(dy * layer_norm(z, gamma, beta, eps)), z)
    assert relative_error(dz, true) <= 1e-7
    true = central_differences(lambda gamma: np.sum(dy * layer_norm(z, gamma, beta, eps)), gamma)
    assert relative_error(dgamma, true) <= 1e-7
    true = central_differences(lambda beta: np.sum(dy * layer_norm(z, gamma, beta, eps)), beta)
    assert relative_error(dbeta, true) <= 1e-7


def test_layer_norm_standardises_rows() -> None:
    z = 7 + 3 * rng.normal(size=(4, 50))
    y = layer_norm(z, np.ones(50), np.zeros(50))
    assert y.mean(axis=1) == pytest.approx(0, abs=1e-12)
    assert y.var(axis=1) == pytest.approx(1, rel=1e-4)
    assert layer_norm(z[:1], np.ones(50), np.zeros(50)) == pytest.approx(y[:1])
    single = layer_norm_gradient(z.astype(np.float32), z.astype(np.float32), np.ones(50))
    assert {a.dtype for a in single} == {np.dtype(np.float32)}
    with pytest.raises(ValueError, match=r"gamma must have shape \(50,\), got \(4,\)"):
        layer_norm_gradient(z, z, np.ones(4))
    with pytest.raises(ValueError, match=r"dy must have shape \(4, 50\), got \(50, 4\)"):
        layer_norm_gradient(z.T, z, np.ones(50))
