"""The functions of solutions/chain_rule.py that only the exercises use."""

import itertools

import numpy as np
import pytest
from numeric import central_differences, relative_error

from solutions.chain_rule import (
    chain_gradient,
    layer_vjp,
    multiplications,
    normalize,
    normalize_steps,
    numerical_jacobian,
    program_gradient,
    topological_order,
    unbroadcast,
)

rng = np.random.default_rng(20240602)
ROWS = [(1, 1), (1, 4), (5, 3), (2, 6)]


def test_numerical_jacobian_of_linear_and_elementwise_functions() -> None:
    A, x = rng.normal(size=(4, 3)), rng.normal(size=3)
    assert numerical_jacobian(lambda x: A @ x, x) == pytest.approx(A, abs=1e-9)
    assert numerical_jacobian(np.sin, x) == pytest.approx(np.diag(np.cos(x)), abs=1e-9)
    assert numerical_jacobian(lambda x: np.array([x @ x]), x) == pytest.approx(2 * x[None])
    assert numerical_jacobian(lambda x: x**3, np.zeros(2), h=0.1) == pytest.approx(0.01 * np.eye(2))


def test_numerical_jacobian_is_float64_and_leaves_its_argument() -> None:
    x = np.array([1.0, 2.0], np.float32)
    assert numerical_jacobian(lambda x: x**2, x).dtype == np.float64
    assert x.tolist() == [1, 2]
    with pytest.raises(ValueError, match=r"f must return shape \(m,\), got \(\)"):
        numerical_jacobian(np.sum, x)
    with pytest.raises(ValueError, match=r"x must have shape \(n,\), .* got \(1, 2\)"):
        numerical_jacobian(np.sin, x[None])
    with pytest.raises(ValueError, match="h must be positive and finite, got 0"):
        numerical_jacobian(np.sin, x, 0)


def test_chain_gradient_is_the_gradient_of_the_composition() -> None:
    for sizes in [(3, 2), (1, 4, 2), (3, 3, 3, 3), (5, 1, 2, 4)]:
        matrices = [rng.normal(size=(m, n)) for n, m in itertools.pairwise(sizes)]
        x, weights = rng.normal(size=sizes[0]), rng.normal(size=sizes[-1])

        def f(x: np.ndarray, matrices: list = matrices, weights: np.ndarray = weights) -> float:
            for A in matrices:
                x = np.tanh(A @ x)
            return weights @ x

        jacobians, u = [], x
        for A in matrices:
            u = np.tanh(A @ u)
            jacobians.append((1 - u**2)[:, None] * A)
        assert relative_error(chain_gradient(jacobians, weights), central_differences(f, x)) <= 1e-7


def test_chain_gradient_forms_no_product_of_matrices_and_keeps_the_dtype() -> None:
    J = np.zeros((4000, 4000), np.float32)  # a product of two would take over a second
    g = chain_gradient([J] * 20, np.ones(4000, np.float32))
    assert g.dtype == np.float32
    assert chain_gradient([], np.array([1.0, 2.0])).tolist() == [1, 2]
    with pytest.raises(ValueError, match=r"jacobians\[1\] must have shape \(2, n\), got \(3, 2\)"):
        chain_gradient([np.ones((2, 4)), np.ones((3, 2))], np.ones(2))
    with pytest.raises(ValueError, match=r"g must have shape \(m,\), got \(1, 2\)"):
        chain_gradient([], np.ones((1, 2)))


class Counted:
    """A matrix that only knows its shape; a product of two counts its multiplications."""

    def __init__(self, rows: int, columns: int, count: int = 0) -> None:
        self.rows, self.columns, self.count = rows, columns, count

    def __matmul__(self, other: "Counted") -> "Counted":
        assert self.columns == other.rows
        count = self.rows * self.columns * other.columns
        return Counted(self.rows, other.columns, self.count + other.count + count)


@pytest.mark.parametrize(
    "sizes", [(3, 2), (784, 128, 10, 1), (2, 5, 3, 4, 7), (1, 1, 1), (1, 9, 9)]
)
def test_multiplications_are_those_of_the_products(sizes: tuple[int, ...]) -> None:
    jacobians = [Counted(m, n) for n, m in itertools.pairwise(sizes)]
    forward = jacobians[0]
    for J in jacobians[1:]:
        forward = J @ forward
    reverse = jacobians[-1]
    for J in jacobians[-2::-1]:
        reverse = reverse @ J
    assert multiplications(sizes) == (forward.count, reverse.count)


def test_multiplications_rejects_other_sizes() -> None:
    for bad in ([3], [3, 0], []):
        with pytest.raises(ValueError, match="sizes must be at least two numbers, each at least 1"):
            multiplications(bad)
    with pytest.raises(TypeError, match=r"sizes must hold whole numbers, got 2\.0"):
        multiplications([3, 2.0])
    assert multiplications(np.array([784, 128, 1])) == (784 * 128, 128 * 784)


def test_layer_vjp() -> None:
    for n, k in ROWS:
        for m in (1, k, 3):
            X, W, dY = rng.normal(size=(n, k)), rng.normal(size=(k, m)), rng.normal(size=(n, m))
            true = central_differences(lambda X, W=W, dY=dY: np.sum(dY * np.tanh(X @ W)), X)
            assert relative_error(layer_vjp(X, W, dY), true) <= 1e-7
    assert layer_vjp(X.astype(np.float32), W, dY).dtype == np.float32
    assert np.all(np.isfinite(layer_vjp(1000 * X, W, dY)))
    with pytest.raises(ValueError, match=r"dY must have shape \(2, 3\), got \(3, 2\)"):
        layer_vjp(X, W, dY.T)


BROADCASTS = [
    ((3,), (3,)),
    ((3,), (4, 3)),
    ((1, 3), (4, 3)),
    ((4, 1), (4, 3)),
    ((1, 1), (4, 3)),
    ((), (4, 3)),
    ((1,), (5,)),
    ((2, 1, 3), (2, 5, 3)),
    ((5, 1), (2, 5, 3)),
    ((1, 1), (1, 1)),
    ((), ()),
]


@pytest.mark.parametrize(("shape", "stretched"), BROADCASTS)
def test_unbroadcast(shape: tuple[int, ...], stretched: tuple[int, ...]) -> None:
    a, g = rng.normal(size=shape), rng.normal(size=stretched)
    true = central_differences(lambda a: np.sum(g * np.sin(a + np.zeros(stretched))), a)
    claimed = unbroadcast(g * np.cos(np.broadcast_to(a, stretched)), shape)
    assert relative_error(claimed, true) <= 1e-7
    assert unbroadcast(np.asarray(g, np.float32), shape).dtype == np.float32


def test_unbroadcast_rejects_shapes_that_do_not_stretch() -> None:
    for shape in [(2,), (3, 4), (4, 3, 1), (1, 4, 3)]:
        with pytest.raises(ValueError, match=r"shape must be one that broadcasts to \(4, 3\), got"):
            unbroadcast(np.ones((4, 3)), shape)
    with pytest.raises(TypeError, match="shape must hold whole numbers"):
        unbroadcast(np.ones((4, 3)), (1.0, 3))


def test_normalize_steps() -> None:
    for n, d in ROWS[1:]:
        X, dY = rng.normal(size=(2, n, d))
        dr_dX, dr, dX = normalize_steps(X, dY)
        true = central_differences(lambda X: np.sum(np.linalg.norm(X, axis=1)), X)
        assert relative_error(dr_dX, true) <= 1e-7
        true = central_differences(
            lambda r, X=X, dY=dY: np.sum(dY * (X / r)), np.c_[np.linalg.norm(X, axis=1)]
        )
        assert relative_error(dr, true) <= 1e-7
        true = central_differences(lambda X, dY=dY: np.sum(dY * normalize(X)), X)
        assert relative_error(dX, true) <= 1e-7
        assert np.sum(dX * X, axis=1) == pytest.approx(0, abs=1e-12)  # length changes nothing
    assert all(gap.dtype == np.float32 for gap in normalize_steps(X.astype(np.float32), dY))
    assert normalize_steps([[3.0]], [[5.0]])[2].tolist() == [[0]]
    with pytest.raises(ValueError, match="X must not have a row of length 0"):
        normalize_steps(np.zeros((2, 3)), np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"dY must have the shape of X, \(1, 2\), got \(2,\)"):
        normalize_steps([[1.0, 2.0]], [1.0, 2.0])
    with pytest.raises(ValueError, match=r"X must have shape \(n, d\), .* got \(2,\)"):
        normalize([1.0, 2.0])


def random_graph(nodes: int) -> list[list[int]]:
    """Return a graph without cycles whose nodes have their numbers by chance."""
    name = rng.permutation(nodes).tolist()
    inputs: list[list[int]] = [[] for _ in name]
    for i in range(nodes):
        inputs[name[i]] = [name[j] for j in rng.integers(0, i, rng.integers(0, 4))] if i else []
    return inputs


def test_topological_order() -> None:
    for nodes in (1, 2, 5, 12, 40):
        inputs = random_graph(nodes)
        for output in range(nodes):
            order = topological_order(inputs, output)
            needed, new = set(), {output}
            while new:
                needed |= new
                new = {i for node in new for i in inputs[node]} - needed
            assert sorted(order) == sorted(needed)
            assert all(order.index(i) < order.index(node) for node in order for i in inputs[node])


def test_topological_order_of_what_is_deep_and_what_is_no_order() -> None:
    deep = [[]] + [[i, i] for i in range(20_000)]
    assert topological_order(deep, 20_000) == list(range(20_001))
    with pytest.raises(ValueError, match="inputs must have no cycle, got one through node"):
        topological_order([[2], [0], [1]], 1)
    with pytest.raises(ValueError, match="inputs must have no cycle, got one through node 0"):
        topological_order([[0]], 0)
    assert topological_order([[1], [0], []], 2) == [2]  # a cycle that the output does not need
    for inputs, output in [([[1]], 0), ([[]], 1), ([[-1]], 0)]:
        with pytest.raises(ValueError, match=r"a node must have a number in 0 … 0, got"):
            topological_order(inputs, output)


PROGRAMS = [
    [("*", (0, 1)), ("+", (2, 0)), ("exp", (3,))],
    [("*", (0, 0)), ("*", (2, 2)), ("+", (3, 2)), ("tanh", (1,)), ("*", (4, 5))],
    [("tanh", (0,)), ("exp", (1,)), ("+", (2, 3)), ("+", (4, 4)), ("*", (5, 4))],
    [("+", (0, 0))],
    [],
]


def run_program(program: list, x: np.ndarray) -> float:
    values = list(x)
    for operation, inputs in program:
        a, b = (*(values[i] for i in inputs), 0)[:2]
        results = {"+": a + b, "*": a * b, "exp": np.exp(a), "tanh": np.tanh(a)}
        values.append(results[operation])
    return values[-1]


@pytest.mark.parametrize("program", PROGRAMS)
def test_program_gradient(program: list) -> None:
    for x in ([0.5, -0.3], [1.2, 0.7], [-0.4, 0.9]):
        value, gradient = program_gradient(program, np.array(x))
        assert value == pytest.approx(run_program(program, x), rel=1e-13)
        true = central_differences(lambda x: run_program(program, x), np.array(x))
        assert relative_error(gradient, true) <= 1e-7


def test_program_gradient_rejects_what_is_no_program() -> None:
    for bad in [("sin", (0,)), ("+", (0,)), ("exp", (0, 1))]:
        with pytest.raises(ValueError, match="program must hold known operations, got"):
            program_gradient([bad], np.ones(2))
    for i in (2, -1):
        with pytest.raises(ValueError, match="inputs must be earlier values, got"):
            program_gradient([("+", (0, i))], np.ones(2))
    with pytest.raises(ValueError, match=r"x must have shape \(n,\), .* got \(0,\)"):
        program_gradient([], np.ones(0))
