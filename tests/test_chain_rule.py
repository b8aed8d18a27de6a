"""The chain rule: gradients, the engine, the worked example, the best step, dtypes and errors."""

from collections.abc import Callable

import numpy as np
import pytest
from numeric import ROOT, Gradient, central_differences, relative_error, run

from solutions import chain_rule
from solutions.chain_rule import Value, numerical_gradient, product_vjp

rng = np.random.default_rng(20240601)
NONE = np.zeros(0)
SCALARS = [(np.array([x]), NONE) for x in (-1.3, 0.4, 2.1)]
LINES = [(rng.normal(size=2), rng.normal(size=2)) for _ in range(3)]
LAYERS = [
    (rng.normal(size=(n, k)), (rng.normal(size=(k, m)), rng.normal(size=(n, m))))
    for n, k, m in [(1, 2, 3), (4, 3, 2), (5, 1, 4), (2, 6, 1)]
]
LADDER = [(np.array([x]), steps) for x, steps in [(0.1, 1), (0.2, 3), (-0.4, 6)]]
STEPS = [
    (np.array([h]), v) for h, v in [(0.1, (2.0, 0.01)), (0.3, (1.0, 0.2)), (0.02, (3.0, 1e-4))]
]


def ladder(x: np.ndarray, steps: int) -> np.ndarray:
    """Return x_0, …, x_n of x_{k+1} = x_k + x_k²."""
    xs = [x]
    for _ in range(steps):
        xs.append(xs[-1] + xs[-1] ** 2)
    return np.array(xs)


def weighted_square(Z: np.ndarray, D: np.ndarray) -> np.floating:
    """A loss of a matrix, with a gradient that depends on it."""
    return np.sum(D * Z**2) / 2


# For each gradient equation of chapters/chain_rule.md: its LaTeX, the function, the right-hand side
# as displayed, the function of solutions, and points (x, y).
GRADIENTS = {
    "eq-chain-rule-line-w": Gradient(
        r"\frac{\partial L}{\partial w}=2\,(wx+b-y)\,x",
        lambda w, v: np.sum((w * 1.5 + v[0] - v[1]) ** 2),
        lambda w, v: 2 * (w * 1.5 + v[0] - v[1]) * 1.5,
        None,
        [(x[:1], v) for x, v in LINES],
    ),
    "eq-chain-rule-line-b": Gradient(
        r"\frac{\partial L}{\partial b}=2\,(wx+b-y)",
        lambda b, v: np.sum((v[0] * 1.5 + b - v[1]) ** 2),
        lambda b, v: 2 * (v[0] * 1.5 + b - v[1]),
        None,
        [(x[:1], v) for x, v in LINES],
    ),
    "eq-chain-rule-single": Gradient(
        r"\frac{d}{dx}\,f(g(x))=f'(g(x))\;g'(x)",
        lambda x, _: np.sum(np.sin(x**3)),
        lambda x, _: np.cos(x**3) * (3 * x**2),
        None,
        SCALARS,
    ),
    "eq-chain-rule-total": Gradient(
        r"\frac{d}{dx}\,f(u_1(x),\dots,u_m(x))"
        r"=\sum_{k=1}^m\frac{\partial f}{\partial u_k}\,\frac{du_k}{dx}",
        lambda x, _: np.sum(x**2 * np.sin(3 * x)),
        lambda x, _: np.sin(3 * x) * (2 * x) + x**2 * (3 * np.cos(3 * x)),
        None,
        SCALARS,
    ),
    "eq-chain-rule-layer": Gradient(
        r"\frac{\partial L}{\partial x_j}"
        r"=\sum_k\frac{\partial L}{\partial z_k}\,\frac{\partial z_k}{\partial x_j}"
        r"=\sum_k\frac{\partial L}{\partial z_k}\,W_{jk}",
        lambda x, v: weighted_square(x @ v[0], v[1][0]),
        lambda x, v: np.array([sum((v[1][0] * (x @ v[0])) * row) for row in v[0]]),
        lambda x, v: product_vjp(x[None], v[0], v[1][:1] * (x @ v[0]))[0][0],
        [(X[0], v) for X, v in LAYERS],
    ),
    "eq-chain-rule-ladder": Gradient(
        r"\frac{dx_n}{dx_0}=\prod_{k=0}^{n-1}(1+2x_k)",
        lambda x, steps: ladder(x, steps)[-1, 0],
        lambda x, steps: np.prod(1 + 2 * ladder(x, steps)[:-1], axis=0),
        None,
        LADDER,
    ),
    "eq-chain-rule-gradient": Gradient(
        r"\nabla_x L=J_g^\top\,\nabla_u L",
        lambda x, v: np.sum(np.sin(x @ v[0]) * v[1][0]),
        lambda x, v: (np.cos(x @ v[0])[:, None] * v[0].T).T @ v[1][0],
        None,
        [(X[0], v) for X, v in LAYERS],
    ),
    "eq-chain-rule-elementwise": Gradient(
        r"\frac{\partial L}{\partial z_i}=\frac{\partial L}{\partial y_i}\,f'(z_i)",
        lambda z, y: weighted_square(np.tanh(z), y),
        lambda z, y: y * np.tanh(z) * (1 - np.tanh(z) ** 2),
        None,
        [(X, rng.normal(size=X.shape)) for X, _ in LAYERS],
    ),
    "eq-chain-rule-product-x": Gradient(
        r"\frac{\partial L}{\partial X}=\frac{\partial L}{\partial Z}\,W^\top",
        lambda X, v: weighted_square(X @ v[0], v[1]),
        lambda X, v: (v[1] * (X @ v[0])) @ v[0].T,
        lambda X, v: product_vjp(X, v[0], v[1] * (X @ v[0]))[0],
        LAYERS,
    ),
    "eq-chain-rule-product-w": Gradient(
        r"\frac{\partial L}{\partial W}=X^\top\,\frac{\partial L}{\partial Z}",
        lambda W, v: weighted_square(v[0] @ W, v[1]),
        lambda W, v: v[0].T @ (v[1] * (v[0] @ W)),
        lambda W, v: product_vjp(v[0], W, v[1] * (v[0] @ W))[1],
        [(W, (X, D)) for X, (W, D) in LAYERS],
    ),
    "eq-chain-rule-bias": Gradient(
        r"\frac{\partial L}{\partial b_k}=\sum_{i=1}^n\frac{\partial L}{\partial z_{ik}}",
        lambda b, v: weighted_square(v[0] + b, v[1]),
        lambda b, v: np.sum(v[1] * (v[0] + b), axis=0),
        lambda b, v: chain_rule.unbroadcast(v[1] * (v[0] + b), b.shape),
        [(D[0], (W[:1] + D, D)) for _, (W, D) in LAYERS],
    ),
    "eq-chain-rule-central": Gradient(
        r"f'(x)=\frac{f(x+h)-f(x-h)}{2h}-\frac{h^2}{6}\,f'''(x)+O(h^4)",
        lambda x, _: np.sum(np.sin(2 * x)),
        lambda x, h: (
            (np.sin(2 * (x + h)) - np.sin(2 * (x - h))) / (2 * h) - h**2 / 6 * (-8 * np.cos(2 * x))
        ),
        None,
        [(x, h) for x, _ in SCALARS for h in (1e-2, 3e-3)],
    ),
    "eq-chain-rule-best-step": Gradient(
        r"\frac{d}{dh}\Bigl(\frac{h^2}{6}\,M+\frac{u\,F}{h}\Bigr)=\frac h3\,M-\frac{u\,F}{h^2}",
        lambda h, v: np.sum(h**2 / 6 * v[0] + v[1] / h),
        lambda h, v: h / 3 * v[0] - v[1] / h**2,
        None,
        STEPS,
    ),
}

# Arguments on which the functions spelled out in the chapter must equal those of solutions.
SAME: dict[str, list] = {}

# Functions of two numbers, written once: NumPy and the engine run the same text.
EXPRESSIONS: dict[str, Callable] = {
    "+": lambda a, b: a + b,
    "number on the right": lambda a, b: a + 2 + b * 3 - 1 + b / 4,
    "number on the left": lambda a, b: 2 + a - (5 - b) * (3 * a) + 1 / a,
    "*": lambda a, b: a * b,
    "-": lambda a, b: a - b,
    "/": lambda a, b: a / b,
    "power": lambda a, b: a**3 + b**-2 + a**0.5 + b**1 + a**0,
    "one value twice": lambda a, b: a * a + a + b * b * b,
    "fan-out, then more": lambda a, b: (a + b) * (a + b) * (a * b + a),
    "negative": lambda a, b: (-a + 1) * -b,
    "exp": lambda a, b: (a * b).exp() if isinstance(a, Value) else np.exp(a * b),
    "log": lambda a, b: (a + b).log() if isinstance(a, Value) else np.log(a + b),
    "tanh": lambda a, b: (a - b).tanh() if isinstance(a, Value) else np.tanh(a - b),
    "relu": lambda a, b: (
        (a - b).relu() + (b - a).relu() * 3
        if isinstance(a, Value)
        else np.maximum(a - b, 0) + np.maximum(b - a, 0) * 3
    ),
    "sigmoid": lambda a, b: 1 / (1 + (-a * b).exp()) if isinstance(a, Value) else _sigmoid(a * b),
}


def _sigmoid(z: float) -> float:
    return 1 / (1 + np.exp(-z))


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_engine_against_central_differences(name: str) -> None:
    f = EXPRESSIONS[name]
    for point in ([1.5, 0.5], [0.3, 2.0], [2.2, 2.1]):
        a, b = map(Value, point)
        y = f(a, b)
        y.backward()
        assert y.data == pytest.approx(f(*map(np.float64, point)), rel=1e-14)
        true = central_differences(lambda x: f(*x), np.array(point))
        assert relative_error([a.grad, b.grad], true) <= 1e-7


def test_engine_on_arrays_of_values_agrees_with_vjps() -> None:
    for X, (W, D) in LAYERS:
        values = np.vectorize(Value, otypes=[object])
        X_v, W_v = values(X), values(W)
        loss = np.sum(D * np.tanh(X_v @ W_v) ** 2) / 2
        loss.backward()
        Y = np.tanh(X @ W)
        dX, dW = product_vjp(X, W, D * Y * (1 - Y**2))
        grad = np.vectorize(lambda v: v.grad)
        assert loss.data == pytest.approx(weighted_square(Y, D), rel=1e-13)
        assert relative_error(grad(X_v), dX) <= 1e-13
        assert relative_error(grad(W_v), dW) <= 1e-13


def worked_example() -> tuple[np.ndarray, list[np.ndarray], Value]:
    """Return outputs, parameters and loss of the 2-3-2 network, as Values (sources, section 4)."""
    values = np.vectorize(Value, otypes=[object])
    W1, b1, W2, b2 = map(
        values,
        (
            [[0.1, 0.3, -0.5], [0.2, -0.1, 0.2]],
            [0.0, 0.1, 0.0],
            [[0.6, 1.0], [0.5, 0.5], [0.4, -0.3]],
            [0.1, 0.2],
        ),
    )
    relu = np.vectorize(Value.relu, otypes=[object])
    y_hat = relu(np.array([1.0, 2.0]) @ W1 + b1) @ W2 + b2
    return y_hat, [W1, b1, W2, b2], np.sum((y_hat - [0.0, 1.0]) ** 2) / 2


def test_worked_example_scalar_by_scalar() -> None:
    y_hat, parameters, loss = worked_example()
    loss.backward()
    grad = np.vectorize(lambda v: v.grad)
    dW1, db1, dW2, db2 = map(grad, parameters)
    assert [v.data for v in y_hat] == pytest.approx([0.5, 0.8])
    assert loss.data == pytest.approx(0.145)
    assert grad(y_hat) == pytest.approx(np.array([0.5, -0.2]))
    assert db2 == pytest.approx(np.array([0.5, -0.2]))
    assert dW2 == pytest.approx(np.array([[0.25, -0.1], [0.1, -0.04], [0, 0]]))
    assert db1 == pytest.approx(np.array([0.1, 0.15, 0]))
    assert dW1 == pytest.approx(np.array([[0.1, 0.15, 0], [0.2, 0.3, 0]]))


def test_order_holds_each_value_once_and_after_its_inputs() -> None:
    for output in (worked_example()[2], Value(1.0), (x := Value(2.0)) * x + x):
        order = output.order()
        place = {value: i for i, value in enumerate(order)}
        assert len(place) == len(order)
        assert order[-1] is output
        assert all(place[v] < i for value, i in place.items() for v in value.inputs)


def test_a_value_that_is_used_late_and_early_passes_its_gradient_on_once() -> None:
    x = Value(1.0)
    u = 3 * x
    y = u + u * u
    y.backward()
    assert (u.grad, x.grad) == (7, 21)


def test_backward_twice_gives_the_same_and_of_two_outputs_the_last_counts() -> None:
    x = Value(3.0)
    first, second = x * x, 5 * x
    first.backward()
    first.backward()
    assert x.grad == 6
    second.backward()
    assert x.grad == 5
    first.data = x.data = 99.0  # the slopes were found in the forward pass
    first.backward()
    assert x.grad == 6


def test_a_deep_graph_needs_no_deep_stack_and_an_exponential_number_of_paths_no_time() -> None:
    x = y = Value(1e-9)
    for _ in range(5000):
        y = y + y * y
    y.backward()
    assert x.grad == pytest.approx(1 + 2 * 5000e-9, rel=1e-9)


@pytest.mark.parametrize("bad", ["2", None, [1.0], np.ones(2), 1j])
def test_a_value_is_one_real_number(bad: object) -> None:
    for attempt in (lambda: Value(bad), lambda: Value(1.0) ** bad):
        with pytest.raises(TypeError, match=r"(data|exponent) must be a real number, got"):
            attempt()
    assert Value(np.float32(0.5)).data == Value(np.int64(1)).data / 2 == 0.5


def test_values_without_a_real_result_or_slope_are_an_error() -> None:
    with pytest.raises(TypeError, match="exponent must be a real number, got Value"):
        Value(2.0) ** Value(2.0)
    with pytest.raises(ValueError, match=r"data must be positive for log, got 0.0"):
        Value(0.0).log()
    for x, n in [(0.0, -1), (-2.0, 0.5), (0.0, 0.5)]:
        with pytest.raises(ValueError, match=rf"a real power and slope, got {x} \*\*"):
            Value(x) ** n
    with pytest.raises(ValueError, match="a real power and slope"):
        1 / Value(0.0)
    assert (Value(0.0) ** 0).data == 1
    assert (Value(0.0) ** 1).slopes == (1,)
    assert (Value(-2.0) ** 3).slopes == (12,)
    assert Value(0.0).relu().slopes == (0,)


def test_a_value_shows_what_it_holds() -> None:
    assert repr(Value(2.0) + 1) == "Value(data=3, grad=0)"


def test_the_engine_has_less_than_100_lines() -> None:
    text = (ROOT / "solutions" / "chain_rule.py").read_text().split("\nclass Value")[1]
    assert text.split("\ndef product_vjp")[0].count("\n") < 100


@pytest.mark.parametrize("shape", [(), (1,), (4,), (2, 3), (2, 1, 2)])
def test_numerical_gradient(shape: tuple[int, ...]) -> None:
    x = rng.normal(size=shape)
    weights = rng.normal(size=shape)
    gradient = numerical_gradient(lambda x: np.sum(weights * np.sin(x)), x)
    assert relative_error(gradient, weights * np.cos(x)) <= 1e-9
    assert np.shape(gradient) == shape


def test_numerical_gradient_is_central_and_exact_for_squares() -> None:
    assert numerical_gradient(lambda x: x @ x, [3.0, -1.0], h=0.5).tolist() == [6, -2]
    assert numerical_gradient(lambda x: x**3, 0.0, h=0.1) == pytest.approx(0.01)
    assert numerical_gradient(abs, 0.0) == 0


def test_numerical_gradient_is_float64_and_leaves_its_argument() -> None:
    x = np.array([1, 2], np.float32)
    seen = []
    gradient = numerical_gradient(lambda x: seen.append(x.dtype) or np.sum(x**2), x)
    assert gradient.dtype == np.float64
    assert set(seen) == {np.dtype(np.float64)}
    assert gradient == pytest.approx(np.array([2.0, 4.0]), rel=1e-9)
    assert x.tolist() == [1, 2]
    assert x.dtype == np.float32


def test_numerical_gradient_rejects_what_it_cannot_nudge() -> None:
    with pytest.raises(ValueError, match=r"f must return one number, got an array of shape \(2,\)"):
        numerical_gradient(lambda x: x, np.ones(2))
    for bad in (0, -1e-5, np.inf, np.nan):
        with pytest.raises(ValueError, match="h must be positive and finite, got"):
            numerical_gradient(np.sum, np.ones(2), bad)
    with pytest.raises(TypeError, match="x must hold real numbers, got dtype <U1"):
        numerical_gradient(np.sum, ["a"])
    with pytest.raises(ValueError, match="x must be a rectangular array"):
        numerical_gradient(np.sum, [[1], [1, 2]])


def test_the_default_step_is_near_the_best() -> None:
    x = np.linspace(0.5, 1.5, 40)  # the worst of many points: rounding is a matter of luck
    error = {
        h: np.max(np.abs(numerical_gradient(lambda x: np.sum(np.exp(x)), x, h) / np.exp(x) - 1))
        for h in (1e-12, 1e-9, 1e-7, 1e-5, 1e-3, 1e-1)
    }
    assert min(error, key=error.get) == 1e-5 == numerical_gradient.__defaults__[0]
    assert error[1e-3] > 100 * error[1e-5]
    assert error[1e-9] > 100 * error[1e-5]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_product_vjp_keeps_dtype_and_arguments(dtype: type) -> None:
    for X, (W, D) in LAYERS:
        arguments = X.astype(dtype), W.copy(), D.copy()
        before = [a.copy() for a in arguments]
        for gradient, of in zip(product_vjp(*arguments), (X, W), strict=True):
            assert gradient.dtype == dtype
            assert gradient.shape == of.shape
        assert all(map(np.array_equal, arguments, before))


def test_product_vjp_rejects_shapes_that_do_not_fit() -> None:
    X, W, dZ = np.ones((4, 2)), np.ones((2, 3)), np.ones((4, 3))
    with pytest.raises(ValueError, match=r"X must have shape \(n, d_in\), .* got \(2,\)"):
        product_vjp(X[0], W, dZ)
    with pytest.raises(ValueError, match=r"W must have shape \(2, d_out\), got \(3, 2\)"):
        product_vjp(X, W.T, dZ)
    with pytest.raises(ValueError, match=r"dZ must have shape \(4, 3\), got \(3, 4\)"):
        product_vjp(X, W, dZ.T)


def test_every_public_function_has_types_and_says_shapes() -> None:
    public = [
        f
        for name, f in vars(chain_rule).items()
        if callable(f) and not name.startswith("_") and f.__module__ == chain_rule.__name__
    ]
    assert len(public) >= 11
    for f in public:
        assert f.__doc__, f.__name__
        assert len(f.__doc__.split()) >= 10, f.__name__
        assert isinstance(f, type) or f.__annotations__.keys() >= {"return"}, f.__name__


def test_chapter_prints_what_it_says() -> None:
    printed = run(ROOT / "chapters" / "chain_rule.md").printed
    for fact in (
        "dL/dz / slope [[0.1  0.15  nan]]",
        "4096 paths",
        "(3, 1) * (3,) has shape (3, 3)",
        "float64: best step 7e-06, error about 7e-11",
        "ReLU at 0: 0.5",
        "L = 0.25, dL/dw = 2, by hand 2",
        "added       7.0\noverwritten 3.0",
        "nearest first 3.0\nin order      21.0   by hand 21",
        "after 499500 steps in place of 999",
        "dW1 [[0.1, 0.15, 0.0], [0.2, 0.3, 0.0]]",
        "loss 0.145",
        "(784, 128, 10, 1): forward 1,011,360, reverse 101,632",
    ):
        assert fact in printed, fact


def test_costs_in_the_chapter() -> None:
    names = run(ROOT / "chapters" / "chain_rule.md").names
    assert names["n"].tolist() == [8, 16, 32, 64, 128, 256]
    assert np.all(names["reverse"] <= 3)
    assert np.all(names["forward"] > names["n"])
    assert names["evaluations"] == 2 * 101_770
