"""The functions of solutions/loss.py that only the exercises use."""

import warnings

import numpy as np
import pytest
from numeric import central_differences, relative_error

from solutions.loss import (
    bce_with_logits,
    bce_with_logits_gradient,
    column_mse_gradient,
    cross_entropy_gradient,
    focal_loss,
    focal_loss_gradient,
    half_sse,
    huber,
    huber_gradient,
    mse,
    one_hot,
    smooth_labels,
    softmax,
    softmax_vjp,
    vote_loss,
    vote_loss_steps,
)

rng = np.random.default_rng(20240502)
SHAPES = [(1,), (5,), (1, 2), (3, 2), (2, 3, 2)]


def vote_loss_gradient(z: np.ndarray, y: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    return vote_loss_steps(z, y, temperature)[2]


# Each loss, its gradient, targets y for predictions of a shape, and values of the third argument.
PAIRS = [
    (huber, huber_gradient, lambda shape: 0.5 * rng.normal(size=shape), (0.3, 1.0, 2.5), SHAPES),
    (
        focal_loss,
        focal_loss_gradient,
        lambda shape: 1.0 * rng.integers(0, 2, shape),
        (0.0, 0.5, 1.0, 2.0, 3.5),
        SHAPES,
    ),
    (
        vote_loss,
        vote_loss_gradient,
        lambda shape: 1.0 * rng.integers(0, 4, shape),
        (0.5, 1.0, 3.0),
        [(1, 2), (4, 3), (3, 5)],
    ),
]
each_pair = pytest.mark.parametrize(
    ("f", "gradient", "targets", "settings", "shapes"), PAIRS, ids=[p[0].__name__ for p in PAIRS]
)


@each_pair
def test_gradient(f, gradient, targets, settings, shapes) -> None:  # noqa: ANN001
    for shape in shapes:
        for setting in settings:
            x, y = 2 * rng.normal(size=shape), targets(shape)
            true = central_differences(lambda x, y=y, s=setting: f(x, y, s), x)
            assert relative_error(gradient(x, y, setting), true) <= 1e-7


@each_pair
def test_dtype_and_arguments_stay(f, gradient, targets, settings, shapes) -> None:  # noqa: ANN001
    for dtype in (np.float32, np.float64):
        x, y = rng.normal(size=shapes[-1]).astype(dtype), targets(shapes[-1])
        before = x.copy(), y.copy()
        for setting in (settings[0], np.float64(settings[0])):
            assert f(x, y, setting).dtype == gradient(x, y, setting).dtype == dtype
        assert np.array_equal(x, before[0])
        assert np.array_equal(y, before[1])


@each_pair
def test_bad_arguments_are_an_error(f, gradient, targets, settings, shapes) -> None:  # noqa: ANN001
    for g in (f, gradient):
        with pytest.raises(ValueError, match=r"y must have the shape of .* got \(2,\)"):
            g(np.zeros((2, 1)), np.zeros(2))
        for bad in (-1.0, np.nan, np.inf):
            with pytest.raises(ValueError, match=r"(delta|gamma|temperature) must be .* got"):
                g(np.zeros((2, 2)), np.zeros((2, 2)), bad)


def test_huber_between_half_the_square_and_the_size() -> None:
    y_hat, y = rng.normal(size=(2, 6, 2))
    assert huber(y_hat, y, 100.0) == pytest.approx(half_sse(y_hat, y) / 12)
    assert huber(y_hat, y, 1e-9) / 1e-9 == pytest.approx(np.mean(np.abs(y_hat - y)))
    at_the_joint = np.array([1.0, -1.0, 1 + 1e-12])
    assert huber_gradient(at_the_joint, np.zeros(3)) * 3 == pytest.approx(np.array([1.0, -1, 1]))


def test_column_mse_gradient() -> None:
    y_hat, y = rng.normal(size=(5, 1)), rng.normal(size=5)
    true = central_differences(lambda y_hat: mse(y_hat, y.reshape(5, 1)), y_hat)
    assert relative_error(column_mse_gradient(y_hat, y), true) <= 1e-7
    assert column_mse_gradient(y_hat.astype(np.float32), y).dtype == np.float32
    with pytest.raises(ValueError, match=r"y_hat must be a column, .* got \(5,\)"):
        column_mse_gradient(y, y)
    with pytest.raises(ValueError, match=r"y must be flat, of shape \(5,\), got \(5, 1\)"):
        column_mse_gradient(y_hat, y_hat)


def test_smooth_labels() -> None:
    labels = np.array([2, 0, 1])
    assert np.array_equal(smooth_labels(labels, 4, 0.0), one_hot(labels, 4))
    assert smooth_labels(labels, 4, 1.0) == pytest.approx(np.full((3, 4), 0.25))
    assert smooth_labels(labels, 5).sum(axis=1) == pytest.approx(1)
    assert smooth_labels(labels, 4, 0.2)[0] == pytest.approx(np.array([0.05, 0.05, 0.85, 0.05]))
    assert smooth_labels([0, 0], 1, 0.3).tolist() == [[1], [1]]
    with pytest.raises(ValueError, match=r"epsilon must lie in \[0, 1\], got 1.5"):
        smooth_labels(labels, 4, 1.5)
    with pytest.raises(ValueError, match="labels must lie in 0 … 1, got 2"):
        smooth_labels(labels, 2)


def test_vote_loss_with_one_vote_a_row_is_the_cross_entropy() -> None:
    z, labels = rng.normal(size=(4, 3)), np.array([0, 2, 1, 1])
    expected = cross_entropy_gradient(z, labels)
    assert vote_loss_gradient(z, one_hot(labels, 3)) == pytest.approx(expected, rel=1e-12)
    with pytest.raises(ValueError, match="y must hold numbers of votes, at least 0, got -1"):
        vote_loss_steps([[1.0, 2.0]], [[-1.0, 2.0]])
    with pytest.raises(ValueError, match=r"z must have shape \(n, C\)"):
        vote_loss_steps([1.0, 2.0], [1.0, 2.0])


def test_vote_loss_steps_before_the_last() -> None:
    z, y, t = rng.normal(size=(1, 4)), np.array([[2.0, 0.0, 1.0, 4.0]]), 0.7
    gap_1, gap_2, _ = vote_loss_steps(z, y, t)
    true = central_differences(lambda u: np.log(np.sum(np.exp(u))), z / t)
    assert relative_error(gap_1, true) <= 1e-7
    assert relative_error(gap_2, central_differences(lambda u: vote_loss(u, y), z / t)) <= 1e-7


def test_softmax_vjp_is_the_product_with_the_whole_jacobian() -> None:
    for n, classes in [(1, 1), (1, 4), (5, 3)]:
        z, dp = rng.normal(size=(2, n, classes))
        true = central_differences(lambda z, dp=dp: np.sum(dp * softmax(z)), z)
        assert softmax_vjp(softmax(z), dp) == pytest.approx(true, rel=1e-7, abs=1e-9)
    assert softmax_vjp(softmax(z).astype(np.float32), dp).dtype == np.float32
    with pytest.raises(ValueError, match=r"p and dp must have one shape \(n, C\), got \(2,\)"):
        softmax_vjp([0.5, 0.5], [1.0, 1.0])


def test_focal_loss_without_focus_is_the_binary_cross_entropy() -> None:
    z, y = 3 * rng.normal(size=(4, 2)), rng.integers(0, 2, (4, 2))
    assert focal_loss(z, y, 0.0) == pytest.approx(bce_with_logits(z, y))
    expected = bce_with_logits_gradient(z, y)
    assert focal_loss_gradient(z, y, 0.0) == pytest.approx(expected, rel=1e-12)
    with pytest.raises(ValueError, match="y must hold nothing but 0 and 1"):
        focal_loss_gradient([0.0], [0.5])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_logits(dtype: type) -> None:
    z = np.array([[1000, -1000, 0], [-1000, 1000, 0]], dtype)
    with warnings.catch_warnings(), np.errstate(over="raise", divide="raise", invalid="raise"):
        warnings.simplefilter("error")
        assert focal_loss(z, [[0, 1, 1], [0, 1, 1]]) == pytest.approx((2000 + np.log(2) / 2) / 6)
        slope = (np.log(2) + 0.5) / 4
        expected = np.array([[1, -1, -slope], [0, 0, -slope]]) / 6
        assert focal_loss_gradient(z, [[0, 1, 1], [0, 1, 1]]) == pytest.approx(expected, abs=1e-7)
        assert vote_loss(z, [[0, 2, 1], [0, 0, 0]], 0.5) == pytest.approx((8000 + 2000) / 2)
        gaps = vote_loss_steps(z, [[0, 2, 1], [0, 0, 0]], 0.5)
        assert gaps[0].tolist() == [[1, 0, 0], [0, 1, 0]]
        assert gaps[1].tolist() == [[3, -2, -1], [0, 0, 0]]
        assert gaps[2].tolist() == [[3, -2, -1], [0, 0, 0]]
