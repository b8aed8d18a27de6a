"""The functions of solutions/optimizers.py that only the exercises use."""

import numpy as np
import pytest
from numeric import central_differences, relative_error

from solutions.gradient_descent import linear_gradient, linear_loss
from solutions.optimizers import (
    accumulate,
    adagrad,
    adam,
    adamax,
    average_steps,
    momentum,
    nesterov,
    nesterov_path,
    optimize,
    plateau_rates,
    resume_momentum,
    rmsprop,
    sparse_adagrad,
    track,
)

rng = np.random.default_rng(20240602)


@pytest.mark.parametrize("sizes", [[4], [3, 1], [5, 5, 2], [1, 1, 1, 4]])
def test_a_batch_in_parts_has_the_gradient_of_the_whole(sizes: list[int]) -> None:
    X, y, w = rng.normal(size=(sum(sizes), 3)), rng.normal(size=sum(sizes)), rng.normal(size=3)
    ends = np.cumsum(sizes)[:-1]
    parts = zip(np.split(X, ends), np.split(y, ends), strict=True)
    gradients = np.array([linear_gradient(w, *part) for part in parts])
    true = central_differences(lambda w: linear_loss(w, X, y), w)
    assert relative_error(accumulate(gradients, np.array(sizes)), true) <= 1e-7


def test_accumulate_keeps_shape_and_dtype() -> None:
    gradients = rng.normal(size=(2, 3, 1, 2)).astype(np.float32)
    assert accumulate(gradients, np.array([3, 4])).shape == (3, 1, 2)
    assert accumulate(gradients, np.array([3, 4])).dtype == np.float32
    with pytest.raises(ValueError, match=r"sizes must have shape \(2,\), got \(3,\)"):
        accumulate(gradients, np.ones(3))
    with pytest.raises(ValueError, match="sizes must be at least 1, got 0"):
        accumulate(gradients, np.array([1, 0]))


def test_plateau_rates() -> None:
    falling = np.linspace(3, 1, 20)
    assert plateau_rates(falling, 0.1, patience=0).tolist() == [0.1] * 20
    level = plateau_rates(np.ones(7), 8, 0.5, 1)
    assert level.dtype == np.float64
    assert level.tolist() == [8, 8, 4, 4, 2, 2, 1]
    for bad in ({"factor": 1.0}, {"factor": 0.0}, {"patience": -1}, {"patience": 0.5}, {"lr": 0}):
        with pytest.raises(ValueError, match=f"{next(iter(bad))} must .* got"):
            plateau_rates(falling, **{"lr": 0.1, **bad})
    with pytest.raises(ValueError, match=r"losses must have shape \(n,\), got \(1, 20\)"):
        plateau_rates(falling[None], 0.1)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_a_velocity_that_was_lost_is_found_again(beta: float) -> None:
    w, v, rates = rng.normal(size=(3, 2)), 0, [0.1, 0.3, 0.02]
    walk, gradients = [w], []
    for lr in rates:
        gradients.append(np.cos(walk[-1]))
        w, v = momentum(walk[-1], gradients[-1], v, lr, beta)
        walk.append(w)
    found = resume_momentum(walk[2], walk[1], gradients[2], rates[2], rates[1], beta)
    assert found == pytest.approx(walk[3], rel=1e-9)
    with pytest.raises(ValueError, match=r"w_before must have the shape of w, \(3, 2\), got"):
        resume_momentum(walk[2], walk[1][0], gradients[2], 0.1, 0.1)
    with pytest.raises(ValueError, match="lr must be positive and finite, got 0"):
        resume_momentum(walk[2], walk[1], gradients[2], 0.1, 0)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_both_forms_of_nesterov_belong_together(beta: float) -> None:
    def gradient(w: np.ndarray, t: int = 0) -> np.ndarray:
        return np.array([5.0, 1.0, 0.1]) * w + np.sin(w)

    path = nesterov_path(gradient, np.array([1.0, -2.0, 3.0]), 30, 0.1, beta)
    ahead = optimize(nesterov, gradient, path[0], 30, 0.1, beta=beta)
    steps = np.diff(path, axis=0)
    assert ahead[1:] == pytest.approx(path[1:] + beta * steps, rel=1e-9, abs=1e-12)
    assert np.array_equal(path[:1], nesterov_path(gradient, path[0], 0, 0.1))


def test_track_is_rmsprop_on_a_moving_target() -> None:
    targets, w = np.cumsum(rng.normal(size=(30, 2)), axis=0), rng.normal(size=2)
    before = targets.copy(), w.copy()
    path, s, x = track(targets, w, 0.2, 0.8, 1e-3), 0, w
    for target, point in zip(targets, path, strict=True):
        loss = central_differences(lambda x, c=target: np.sum((x - c) ** 2) / 2, x)
        x, s = rmsprop(x, loss, s, 0.2, 0.8, 1e-3)
        assert x == pytest.approx(point, rel=1e-6)
    assert np.array_equal(targets, before[0])
    assert np.array_equal(w, before[1])
    with pytest.raises(ValueError, match=r"targets must have shape \(steps, 2\), got \(30, 1\)"):
        track(targets[:, :1], w, 0.2)


def test_average_steps() -> None:
    g, betas = rng.normal(size=(6, 3)), rng.uniform(0.1, 0.99, size=6)
    weights, total, corrected = average_steps(g, betas)
    average = np.zeros(3)
    for row, beta in zip(g, betas, strict=True):
        average = beta * average + (1 - beta) * row
    assert weights @ g == pytest.approx(average)
    assert total == pytest.approx(weights.sum())
    assert corrected == pytest.approx(np.average(g, axis=0, weights=weights))
    _, m, _, _ = adam(np.zeros(3), g[5], adam(np.zeros(3), g[4], 0, 0, 0)[1], 0, 1, lr=1.0)
    weights, total, corrected = average_steps(g[4:], np.full(2, 0.9))
    assert weights @ g[4:] == pytest.approx(m)
    assert corrected == pytest.approx(m / (1 - 0.9**2))
    with pytest.raises(ValueError, match=r"betas must have shape \(6,\), one a row of g, got"):
        average_steps(g, betas[1:])
    with pytest.raises(ValueError, match=r"betas must lie in \(0, 1\)"):
        average_steps(g, np.append(betas[1:], 1.0))


def test_sparse_adagrad_is_adagrad_with_the_gradient_of_the_table() -> None:
    table, s = rng.normal(size=(6, 2)), rng.uniform(size=(6, 2))
    rows, c = np.array([4, 1, 4, 4, 0]), rng.normal(size=(5, 2))
    true = central_differences(lambda table: np.sum(np.sin(table[rows]) * c), table)
    new, sums = sparse_adagrad(table, s, rows, np.cos(table[rows]) * c, 0.3)
    expected, total = adagrad(table, true, s, 0.3)
    assert relative_error(new, expected) <= 1e-7
    assert relative_error(sums, total) <= 1e-7
    for row in (2, 3, 5):
        assert np.array_equal(new[row], table[row])
        assert np.array_equal(sums[row], s[row])
    for bad in (-1, 6):
        with pytest.raises(ValueError, match=f"rows must lie in 0 … 5, got {bad}"):
            sparse_adagrad(table, s, np.array([0, bad]), c[:2], 0.3)
    with pytest.raises(ValueError, match=r"g must have shape \(5, 2\), got \(4, 2\)"):
        sparse_adagrad(table, s, rows, c[1:], 0.3)


def test_adamax_is_what_adam_becomes_for_ever_higher_powers() -> None:
    """Adam with the p-th power and the p-th root in place of the square, for a large p."""
    g, p, beta1, beta2 = np.array([[0.5, -2.0], [1.0, 0.1], [-0.2, 0.3]]), 400, 0.9, 0.8
    w, m, u = np.array([1.0, 2.0]), np.zeros(2), np.zeros(2)
    power = np.zeros(2)
    for t, row in enumerate(g, 1):
        before = w
        w, m, u = adamax(w, row, m, u, t, np.zeros(2, bool), 0.1, beta1, beta2)
        power = beta2**p * power + (1 - beta2**p) * np.abs(row) ** p
        assert u == pytest.approx(power ** (1 / p), rel=0.01)
        assert before - w == pytest.approx(0.1 * m / (1 - beta1**t) / u)


def test_adamax_decays_weights_and_stands_still_without_gradient() -> None:
    w, zeros = np.array([1.0, 1.0], np.float32), np.zeros(2, np.float32)
    with np.errstate(all="raise"):
        new, m, u = adamax(w, zeros, zeros, zeros, 1, np.array([True, False]), 0.5, decay=0.5)
    assert new.tolist() == [0.75, 1.0]
    assert new.dtype == m.dtype == u.dtype == np.float32
    with pytest.raises(ValueError, match=r"t must be the number of this step.* got 0"):
        adamax(w, zeros, zeros, zeros, 0, np.array([True, False]))
    with pytest.raises(ValueError, match=r"decayed must be an array of bools of shape \(2,\)"):
        adamax(w, zeros, zeros, zeros, 1, np.array([1, 0]))
