"""Optimizers: gradients of the chapter, PyTorch's walks, first steps, states, dtypes and errors."""

import inspect
import json
from collections.abc import Callable

import numpy as np
import pytest
from numeric import ROOT, Gradient, central_differences, relative_error, run

from solutions import data, gradient_descent, optimizers
from solutions.backprop import backward, forward, initialize
from solutions.loss import cross_entropy, cross_entropy_gradient
from solutions.optimizers import (
    adadelta,
    adagrad,
    adam,
    adamw,
    flatten,
    momentum,
    nesterov,
    optimize,
    plateau_rates,
    rmsprop,
    sgd,
    unflatten,
    warmup,
)

rng = np.random.default_rng(20240601)
RULES = [sgd, momentum, nesterov, adagrad, rmsprop, adadelta, adam, adamw]
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)

H = np.array([100.0, 1.0])
PAIRS = [tuple(rng.normal(size=(2, 3))) for _ in range(4)]
PLANE = [(rng.normal(size=2), np.zeros(0)) for _ in range(5)]

# For each gradient equation of chapters/optimizers.md: its LaTeX, the function, the right-hand side
# as displayed, the function of solutions, and points (x, y).
GRADIENTS = {
    "eq-optimizers-ravine": Gradient(
        r"\frac{\partial L}{\partial w_i}=h_i\,(w_i-1) ,",
        lambda w, _: np.sum(H * (w - 1) ** 2) / 2,
        lambda w, _: H * (w - 1),
        None,
        PLANE,
    ),
    "eq-optimizers-sample": Gradient(
        r"\frac{\partial}{\partial w_i}\,\frac12\Bigl(\sum_j x_j\,w_j-y\Bigr)^2"
        r"=\Bigl(\sum_j x_j\,w_j-y\Bigr)\,x_i ,",
        lambda w, x: (np.sum(x * w) - 0.7) ** 2 / 2,
        lambda w, x: (np.sum(x * w) - 0.7) * x,
        None,
        PAIRS,
    ),
    "eq-optimizers-moving": Gradient(
        r"\frac{\partial L_t}{\partial w}=w-c_t",
        lambda w, c: np.sum((w - c) ** 2) / 2,
        lambda w, c: w - c,
        None,
        PAIRS,
    ),
    "eq-optimizers-penalty": Gradient(
        r"\frac{\partial}{\partial w_i}\Bigl(L+\frac\lambda2\sum_j w_j^2\Bigr)"
        r"=\frac{\partial L}{\partial w_i}+\lambda\,w_i",
        lambda w, c: np.sum(np.sin(w - c)) + 0.3 / 2 * np.sum(w**2),
        lambda w, c: np.cos(w - c) + 0.3 * w,
        None,
        PAIRS,
    ),
    "eq-optimizers-saddle": Gradient(
        r"\frac{\partial L}{\partial w_1}=w_1,\qquad"
        r"\frac{\partial L}{\partial w_2}=w_2^3-w_2",
        lambda w, _: w[0] ** 2 / 2 - w[1] ** 2 / 2 + w[1] ** 4 / 4,
        lambda w, _: np.array([w[0], w[1] ** 3 - w[1]]),
        lambda w, _: run(ROOT / "chapters" / "optimizers.md").names["saddle_gradient"](w, 0),
        PLANE,
    ),
}


def states(count: int) -> list[list[float]]:
    """Return states that `count` steps may have left: the squares are not negative."""
    return [list(rng.uniform(0.1, 2, size=count)) for _ in range(3)]


# Arguments on which the functions spelled out in the chapter must equal those of solutions.
SAME = {
    "sgd": [(w, g, 0.1) for w, g in PAIRS],
    "momentum": [(w, g, rng.normal(size=3), 0.1, 0.8) for w, g in PAIRS],
    "nesterov": [(w, g, rng.normal(size=3), 0.1, 0.8) for w, g in PAIRS],
    "adagrad": [(w, g, rng.uniform(size=3), 0.1) for w, g in PAIRS] + [(1.0, 2.0, 0, 0.1)],
    "rmsprop": [(w, g, rng.uniform(size=3), 0.1, 0.9) for w, g in PAIRS] + [(1.0, 2.0, 0, 0.1)],
    "adadelta": [(0.3, -0.7, *state, 0.5) for state in states(2)] + [(1.0, 2.0, 0, 0)],
    "adam": [(0.3, -0.7, *state, 4, 0.1, 0.8, 0.9) for state in states(2)]
    + [(1.0, 2.0, 0, 0, 0), (1.0, 2.0, 0.5, 0.5, 100, 0.1, 0.9, 0.999, 0.1)],
    "warmup": [(0.3, np.arange(9), 5), (0.1, 0, 1)],
}

# Recorded by tests/make_optimizers_torch.py.
TORCH = json.loads((ROOT / "tests" / "optimizers_torch.json").read_text("utf-8"))


def compare_with_torch(record: dict) -> None:
    """Compare the rules and the schedules with a record of torch's, to 1e-10."""
    h, c, w = (np.array(record["problem"][name]) for name in "hcw")
    a = record["problem"]["a"]
    for made in record["runs"]:
        rule, theirs = getattr(optimizers, made["rule"]), np.array(made["path"])
        steps = len(theirs) - 1
        ours = optimize(
            rule, lambda w, t: h * (w - c) + a * np.cos(w), w, steps, **made["settings"]
        )
        assert np.abs(ours - theirs).max() <= 1e-10, made["rule"]
        assert np.abs(np.diff(theirs, axis=0)).max() > 1e-4, (
            "a walk that stands still shows nothing"
        )
    for made in record["schedules"]:
        schedule = getattr(optimizers, made["rule"], None) or getattr(
            gradient_descent, made["rule"]
        )
        ours = schedule(t=np.arange(len(made["rates"])), **made["settings"])
        assert np.abs(ours - made["rates"]).max() <= 1e-10, made["rule"]
    ours = plateau_rates(np.array(record["plateau"]["losses"]), **record["plateau"]["settings"])
    assert np.abs(ours - record["plateau"]["rates"]).max() <= 1e-10


def test_pytorch_agrees() -> None:
    assert {made["rule"] for made in TORCH["runs"]} == {rule.__name__ for rule in RULES}
    assert all(len(made["path"]) == 21 for made in TORCH["runs"])
    compare_with_torch(TORCH)


def test_pytorch_agrees_live() -> None:
    pytest.importorskip("torch")
    from make_optimizers_torch import record

    compare_with_torch(record())


def test_defaults_are_pytorchs() -> None:
    with_lr_only = {made["rule"] for made in TORCH["runs"] if made["settings"].keys() == {"lr"}}
    assert with_lr_only >= {"adagrad", "rmsprop", "adadelta", "adam", "adamw"}
    assert inspect.signature(adadelta).parameters["lr"].default == 1.0
    assert inspect.signature(adam).parameters["lr"].default == 0.001


# What the first step from rest must be, as a function of the gradient.
FIRST = {
    sgd: lambda g: g,
    momentum: lambda g: g,
    nesterov: lambda g: 1.9 * g,
    adagrad: np.sign,
    rmsprop: lambda g: 10 * np.sign(g),
    adadelta: lambda g: np.sqrt(1e-6 / (0.1 * g**2 + 1e-6)) * g,
    adam: np.sign,
}


def bumpy(w: np.ndarray) -> float:
    return float(np.sum(np.sin(w) + w**2 * np.arange(1, w.size + 1).reshape(w.shape)))


@pytest.mark.parametrize("rule", FIRST, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("shape", [(3,), (2, 2), (1, 3, 2)])
def test_first_step_from_central_differences(rule: Callable, shape: tuple) -> None:
    w = rng.normal(size=shape)
    g = central_differences(bumpy, w)
    path = optimize(rule, lambda w, t: g, w, 1, lr=0.01)
    assert relative_error((w - path[1]) / 0.01, FIRST[rule](g)) <= 1e-6


def test_network_gradient_in_one_vector() -> None:
    like = initialize([3, 4, 2], rng)
    x, labels = rng.normal(size=(5, 3)), np.array([0, 1, 1, 0, 1])

    def loss(w: np.ndarray) -> float:
        return cross_entropy(forward(x, unflatten(w, like), "tanh")[0], labels)

    for _ in range(3):
        w = rng.normal(size=flatten(like).shape)
        parameters = unflatten(w, like)
        z, cache = forward(x, parameters, "tanh")
        g = flatten(backward(cross_entropy_gradient(z, labels), parameters, cache, "tanh"))
        assert relative_error(g, central_differences(loss, w)) <= 1e-7


def test_flatten_and_back() -> None:
    _, _, parameters = data.example()
    vector = flatten(parameters)
    assert vector[:6].tolist() == [0.1, 0.3, -0.5, 0.2, -0.1, 0.2]
    assert vector[6:9].tolist() == [0.0, 0.1, 0.0]
    again = unflatten(vector, parameters)
    assert [type(pair) for pair in again] == [tuple, tuple]
    for (W, b), (V, c) in zip(parameters, again, strict=True):
        assert np.array_equal(W, V)
        assert np.array_equal(b, c)
    with pytest.raises(ValueError, match=r"vector must have shape \(17,\), got \(16,\)"):
        unflatten(vector[1:], parameters)


def test_values_by_hand() -> None:
    assert sgd(1.0, 2.0, 0.1) == (pytest.approx(0.8),)
    assert momentum(1.0, 2.0, 4.0, 0.1, 0.5) == pytest.approx((0.6, 4.0))
    assert nesterov(1.0, 2.0, 4.0, 0.1, 0.5) == pytest.approx((0.6, 4.0))
    assert nesterov(1.0, 2.0, 8.0, 0.1, 0.5) == pytest.approx((0.5, 6.0))
    assert adagrad(1.0, 3.0, 16.0, 0.5, 0.0) == pytest.approx((0.7, 25.0))
    assert rmsprop(1.0, 4.0, 0.0, 0.5, 0.75, 0.0) == pytest.approx((0.0, 4.0))
    assert adadelta(1.0, 4.0, 0.0, 9.0, 1.0, 0.75, 0.0) == pytest.approx((-5.0, 4.0, 15.75))
    assert adam(1.0, 4.0, 0.0, 0.0, 0, 0.5, 0.5, 0.75, 0.0) == pytest.approx((0.5, 2.0, 4.0, 1))
    assert adam(1.0, 0.0, 3.0, 7.0, 1, 1.0, 0.5, 0.5, 0.0)[0] == pytest.approx(
        1 - 2 / np.sqrt(3.5 / 0.75)
    )
    w, *state = adamw(2.0, 4.0, 0.0, 0.0, 0, 0.5, 0.5, 0.75, 0.0, 0.1)
    assert (w, *state) == pytest.approx((1.4, 2.0, 4.0, 1))


def test_momentum_of_equal_and_of_alternating_gradients() -> None:
    equal = optimize(momentum, lambda w, t: 1.0, 0.0, 300, lr=1.0)
    assert np.diff(equal)[-1] == pytest.approx(-1 / (1 - 0.9))
    flips = optimize(momentum, lambda w, t: (-1.0) ** t, 0.0, 300, lr=1.0)
    assert np.abs(np.diff(flips)[-1]) == pytest.approx(1 / (1 + 0.9))


def test_momentum_needs_steps_in_proportion_to_the_root_of_the_condition() -> None:
    def steps(rule: Callable, kappa: float, lr: float, **settings: float) -> int:
        h = np.array([kappa, 1.0])
        path = optimize(rule, lambda w, t: h * w, np.ones(2), 8000, lr, **settings)
        return int(np.flatnonzero(np.abs(path).max(axis=1) > 0.01)[-1])

    def root(kappa: float) -> tuple[float, float]:
        return 4 / (np.sqrt(kappa) + 1) ** 2, ((np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)) ** 2

    plain = [steps(sgd, kappa, 2 / (kappa + 1)) for kappa in (100, 1000)]
    fast = [steps(momentum, k, lr, beta=b) for k in (100, 1000) for lr, b in [root(k)]]
    assert plain[1] / plain[0] == pytest.approx(10, rel=0.05)
    assert fast[1] / fast[0] == pytest.approx(np.sqrt(10), rel=0.3)


@pytest.mark.parametrize("beta", [0.5, 0.9])
def test_learning_rates_that_momentum_and_nesterov_bear(beta: float) -> None:
    limits = {momentum: 2 * (1 + beta) / 4, nesterov: 2 * (1 + beta) / (1 + 2 * beta) / 4}
    for rule, limit in limits.items():
        for share, converges in ((0.98, True), (1.02, False)):
            path = optimize(rule, lambda w, t: 4 * w, 1.0, 1500, share * limit, beta=beta)
            assert (np.abs(path[-1]) < 1e-3) == converges, (rule.__name__, share)
            assert converges or np.abs(path[-1]) > 1e3


def test_a_ravine_that_runs_diagonally_is_harder_for_adagrad_and_adam_only() -> None:
    turn = np.array([[1, -1], [1, 1]]) / np.sqrt(2)

    def steps(rule: Callable, lr: float, Q: np.ndarray) -> int:
        start = np.array([-0.4, -2.0]) @ Q.T
        path = optimize(rule, lambda w, t: H * (w @ Q) @ Q.T, start, 1000, lr)
        return int(np.flatnonzero((path @ Q) ** 2 @ H / 2 > 1e-4)[-1])

    assert steps(momentum, 0.01, turn) == steps(momentum, 0.01, np.eye(2))
    assert steps(adagrad, 0.5, turn) > 5 * steps(adagrad, 0.5, np.eye(2))
    assert steps(adam, 0.1, turn) > 1.5 * steps(adam, 0.1, np.eye(2))


def test_the_ravine_of_the_data_module_is_that_of_the_chapter() -> None:
    X, y = data.ravine(50, rng)
    for w, _ in PLANE:
        assert gradient_descent.linear_gradient(w, X, y) == pytest.approx(H * (w - 1))


def test_adam_averages_with_weights_of_sum_1() -> None:
    path = optimize(adam, lambda w, t: 3.0, 0.0, 50, lr=0.1)
    assert np.diff(path) == pytest.approx(np.full(50, -0.1), rel=1e-7)


@pytest.mark.parametrize("rule", [adagrad, rmsprop, adam])
def test_scale_of_the_loss_does_not_matter(rule: Callable) -> None:
    w = rng.normal(size=3)
    small, large = (
        optimize(rule, lambda w, t, s=scale: s * (w - 1), w, 20, 0.1, eps=0.0) for scale in (1, 1e3)
    )
    assert small == pytest.approx(large)


@each_rule
def test_a_minimum_is_a_place_of_rest(rule: Callable) -> None:
    settings = {"decay": 0.0} if rule is adamw else {}
    path = optimize(rule, lambda w, t: 0 * w, np.array([1.0, -2.0]), 3, 0.5, **settings)
    assert np.array_equal(path, [[1.0, -2.0]] * 4)


@each_rule
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_and_arguments_stay(rule: Callable, dtype: type) -> None:
    count = list(inspect.signature(rule).parameters).index("lr") - 2
    w, g, *state = rng.uniform(0.5, 1, size=(2 + count, 3, 2)).astype(dtype)
    if rule in (adam, adamw):
        state[2] = 7
    before = [np.copy(value) for value in (w, g, *state)]
    new = rule(w, g, *state, lr=np.float64(0.1))
    assert len(new) == 1 + count
    for value, old in zip(new[:3], (w, *state), strict=False):
        assert value.dtype == dtype
        assert value.shape == w.shape
        assert not np.array_equal(value, old)
    for value, old in zip((w, g, *state), before, strict=True):
        assert np.array_equal(value, old)


@each_rule
def test_parameters_decide_the_dtype(rule: Callable) -> None:
    count = list(inspect.signature(rule).parameters).index("lr") - 2
    new = rule(np.ones(3, np.float32), np.ones(3), *[0] * count, lr=0.1)
    assert {value.dtype for value in new[:3]} == {np.dtype(np.float32)}
    assert rule([1, 2], [3, 4], *[0] * count, lr=0.1)[0].dtype == np.float64


@each_rule
def test_bad_arguments_are_an_error(rule: Callable) -> None:
    count = list(inspect.signature(rule).parameters).index("lr") - 2
    names = list(inspect.signature(rule).parameters)
    w, rest = np.ones((2, 1)), [0] * count
    with pytest.raises(ValueError, match=r"g must have the shape of w, \(2, 1\), got \(2,\)"):
        rule(w, np.ones(2), *rest, lr=0.1)
    with pytest.raises(ValueError, match=r"g must have the shape of w, \(2, 1\), got \(\)"):
        rule(w, 0, *rest, lr=0.1)
    with pytest.raises(TypeError, match="g must hold real numbers, got dtype <U1"):
        rule(w, ["a"], *rest, lr=0.1)
    for lr in (0.0, -0.1, np.inf, np.nan):
        with pytest.raises(ValueError, match=f"lr must be positive and finite, got {lr}"):
            rule(w, w, *rest, lr=lr)
    for name in names[2 : 2 + count]:
        if name != "t":
            bad = dict(zip(names[2 : 2 + count], rest, strict=True)) | {name: np.ones(2)}
            with pytest.raises(ValueError, match=rf"{name} must have the shape of w, .* \(2,\)"):
                rule(w, w, **bad, lr=0.1)
    for name in names[3 + count :]:
        for value in (-0.1, np.nan) if name in ("eps", "decay") else (-0.1, 1.0, np.nan):
            with pytest.raises(ValueError, match=f"{name} must .* got {value}"):
                rule(w, w, *rest, lr=0.1, **{name: value})


@pytest.mark.parametrize("t", [-1, 0.5])
def test_a_number_of_steps_must_be_whole(t: float) -> None:
    with pytest.raises(ValueError, match=f"t must be the number of steps made.* got {t}"):
        adam(1.0, 1.0, 0, 0, t)


def test_optimize_passes_step_numbers_and_rates() -> None:
    seen = []

    def gradient(w: np.ndarray, t: int) -> float:
        seen.append((float(w), t))
        return 1.0

    path = optimize(sgd, gradient, 5.0, 3, lambda t: t + 1.0)
    assert path.tolist() == [5.0, 4.0, 2.0, -1.0]
    assert seen == [(5.0, 0), (4.0, 1), (2.0, 2)]
    assert optimize(sgd, gradient, np.ones((2, 3)), 0, 0.1).shape == (1, 2, 3)


def test_warmup() -> None:
    assert warmup(0.4, np.arange(6), 4) == pytest.approx(np.array([0.1, 0.2, 0.3, 0.4, 0.4, 0.4]))
    with pytest.raises(ValueError, match="steps must be at least 1, got 0"):
        warmup(0.1, 0, 0)


def chapter() -> dict:
    return run(ROOT / "chapters" / "optimizers.md").names


def test_one_gradient_feeds_two_rules_and_stays_what_it_was() -> None:
    assert np.array_equal(chapter()["w"], flatten(data.example()[2]))
    expected = [0.25, -0.1, 0.1, -0.04, 0, 0, 0.5, -0.2]
    assert chapter()["g"][-8:] == pytest.approx(np.array(expected), abs=1e-12)
    for said in ("sgd       [-0.025  0.01 ", "adam      [-0.1  0.1 "):
        assert said in run(ROOT / "chapters" / "optimizers.md").printed


def test_a_moving_target_shakes_adagrad_off() -> None:
    last = {name: errors[-100:].mean() for name, errors in chapter()["squared"].items()}
    assert last["adagrad"] > 1
    assert last["rmsprop"] == pytest.approx(0.3**2 / 4, rel=0.02)
    assert last["adam"] < 0.001
    lag = chapter()["squared"]["adagrad"]
    assert lag[2299] / lag[2099] == pytest.approx(lag[2099] / lag[1899], rel=0.2)


def test_l2_in_adam_decays_unevenly_and_adamw_does_not() -> None:
    inside, apart = chapter()["inside"][-1], chapter()["apart"][-1]
    assert inside[0] > 2 * inside[1]
    assert apart == pytest.approx(np.full(2, 0.9995**1000), abs=0.05)


def test_schedules_bring_the_walk_to_rest() -> None:
    distance, schedules = chapter()["distance"], chapter()["schedules"]
    ends = {name: distance(rates, 4)[-50:].mean() for name, rates in schedules.items()}
    assert ends["steps"] < ends["constant"] / 10
    assert ends["warm-up, cosine"] < ends["constant"] / 10


def test_adam_does_not_cure_vanishing_gradients() -> None:
    step = -adam(0.0, 3e-25, 0, 0, 0, lr=1.0)[0]
    assert step == pytest.approx(3e-17, rel=1e-6)
    assert "gradient 3e-25: step 3e-17" in run(ROOT / "chapters" / "optimizers.md").printed


def test_bias_correction_matters_on_the_digits() -> None:
    train = chapter()["train"]
    with_it, without = (train(chapter()["adam"], 0.1, 60, correct=c)[0] for c in (True, False))
    assert with_it < 0.3
    assert without > 1


def test_every_public_function_has_types_and_says_shapes() -> None:
    public = [f for f in vars(optimizers).values() if inspect.isfunction(f)]
    public = [f for f in public if not f.__name__.startswith("_")]
    assert len(public) >= 15
    for f in public:
        assert f.__annotations__.keys() >= {"return"}, f.__name__
        assert len(f.__doc__.split()) >= 10, f.__name__
