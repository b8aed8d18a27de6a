"""The chain rule as programs; the chapter `chain_rule` derives every formula used here.

Conventions. The Jacobian of a function from n to m numbers has shape (m, n): a row for each result,
a column for each argument. A gradient has the shape of the variable that it belongs to. The name of
a gradient is `d` and the name of the variable, so `dz` is dL/dz for one scalar L. A vector-Jacobian
product (`vjp`) takes the gradient for a result and returns the gradient for an argument. Rows are
samples, as everywhere. Source: Griewank, Walther, Evaluating Derivatives, SIAM 2008, chapter 3.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from numbers import Real

import numpy as np

from solutions.arrays import floats


def _nudge(h: float) -> float:
    """Return `h` as a float, or raise an error unless it is positive and finite."""
    if not 0 < h < math.inf:
        raise ValueError(f"h must be positive and finite, got {h}")
    return float(h)


def numerical_gradient(f: Callable, x: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """Return the gradient of the number f(x), estimated by central differences.

    Each element of `x`, an array of any shape, is nudged by `h` in both directions, which takes two
    evaluations of `f`. Everything is float64, whatever the dtype of `x`: float32 has too few digits
    for a difference. Raises ValueError unless `f` returns one number and `h` is positive.
    """
    x, h = floats(x, "x"), _nudge(h)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = h
        above, below = f(x + step), f(x - step)
        if np.ndim(above):
            raise ValueError(f"f must return one number, got an array of shape {np.shape(above)}")
        gradient[i] = (above - below) / (2 * h)
    return gradient


class Value:
    """A number that remembers how it was computed, so that derivatives can be found from it.

    `data` is the number, `inputs` are the Values that it was computed from, and `slopes` are its
    derivatives with respect to them. After `L.backward()`, `v.grad` is dL/dv for every Value that L
    depends on. Numbers may stand for Values, and arrays of Values work with NumPy's +, * and @.
    """

    def __init__(
        self, data: float, inputs: tuple = (), slopes: tuple = (), operation: str = ""
    ) -> None:
        if not isinstance(data, Real):
            raise TypeError(f"data must be a real number, got {type(data).__name__}")
        self.data, self.grad = float(data), 0.0
        self.inputs, self.slopes, self.operation = inputs, slopes, operation

    def __repr__(self) -> str:
        return f"Value(data={self.data:.6g}, grad={self.grad:.6g})"

    # Each operation gives its result beside the slope for each of its inputs.

    def __add__(self, other: "Value | float") -> "Value":
        other = _as_value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0), "+")

    def __mul__(self, other: "Value | float") -> "Value":
        other = _as_value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data), "*")

    def __pow__(self, exponent: float) -> "Value":
        if not isinstance(exponent, Real):
            raise TypeError(f"exponent must be a real number, got {type(exponent).__name__}")
        x, n = self.data, float(exponent)
        if (x < 0 and not n.is_integer()) or (x == 0 and n < 1 and n != 0):
            raise ValueError(f"data must have a real power and slope, got {x} ** {n}")
        return Value(x**n, (self,), (n * x ** (n - 1) if n else 0.0,), f"**{exponent:g}")

    def exp(self) -> "Value":
        e = math.exp(self.data)
        return Value(e, (self,), (e,), "exp")

    def log(self) -> "Value":
        if self.data <= 0:
            raise ValueError(f"data must be positive for log, got {self.data}")
        return Value(math.log(self.data), (self,), (1 / self.data,), "log")

    def tanh(self) -> "Value":
        t = math.tanh(self.data)
        return Value(t, (self,), (1 - t * t,), "tanh")

    def relu(self) -> "Value":
        return Value(max(0.0, self.data), (self,), (float(self.data > 0),), "relu")

    # The others are made of these.

    def __neg__(self) -> "Value":
        return self * -1.0

    def __sub__(self, other: "Value | float") -> "Value":
        return self + -_as_value(other)

    def __truediv__(self, other: "Value | float") -> "Value":
        return self * _as_value(other) ** -1

    def __rsub__(self, other: float) -> "Value":
        return -self + other

    def __rtruediv__(self, other: float) -> "Value":
        return self**-1 * other

    __radd__, __rmul__ = __add__, __mul__

    def order(self) -> list["Value"]:
        """Return all Values that this one depends on, and itself: each after its inputs."""
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            value, inputs_are_in = stack.pop()
            if inputs_are_in:
                order.append(value)
            elif value not in seen:
                seen.add(value)
                stack.append((value, True))
                stack += [(v, False) for v in value.inputs]
        return order

    def backward(self) -> None:
        """Set `grad` of this Value and of all that it depends on."""
        order = self.order()
        for value in order:
            value.grad = 0.0
        self.grad = 1.0
        for value in reversed(order):
            for v, slope in zip(value.inputs, value.slopes, strict=True):
                v.grad += value.grad * slope


def _as_value(x: "Value | float") -> Value:
    return x if isinstance(x, Value) else Value(x)


def product_vjp(X: np.ndarray, W: np.ndarray, dZ: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradients dX (n, d_in) and dW (d_in, d_out) of a scalar, given its dZ (n, d_out).

    Z = X @ W is the matrix product; a shape that does not fit is a ValueError.
    """
    X, W, dZ = _matrices(X, W, dZ, "dZ")
    return dZ @ W.T, X.T @ dZ


def _matrices(
    X: np.ndarray, W: np.ndarray, d: np.ndarray, name: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return X (n, d_in), W (d_in, d_out) and d (n, d_out) as floats of the dtype of X."""
    X, W, d = floats(X, "X"), floats(W, "W"), floats(d, name)
    if X.ndim != 2:
        raise ValueError(f"X must have shape (n, d_in), one row a sample, got {X.shape}")
    if W.ndim != 2 or len(W) != X.shape[1]:
        raise ValueError(f"W must have shape ({X.shape[1]}, d_out), got {W.shape}")
    if d.shape != (len(X), W.shape[1]):
        raise ValueError(f"{name} must have shape {(len(X), W.shape[1])}, got {d.shape}")
    return X, W.astype(X.dtype), d.astype(X.dtype)


# The tasks of exercises/chain_rule.md.


def numerical_jacobian(f: Callable, x: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """Return the Jacobian of `f` at `x`, estimated by central differences, of shape (m, n).

    `x` has shape (n,) and f(x) has shape (m,); else ValueError. `h` is the size of a nudge.
    The result is float64, whatever the dtype of `x`.
    """
    x, h = floats(x, "x"), _nudge(h)
    if x.ndim != 1 or x.size == 0:
        raise ValueError(f"x must have shape (n,), with n at least 1, got {x.shape}")
    columns = [(f(x + step) - f(x - step)) / (2 * h) for step in h * np.eye(x.size)]
    if np.ndim(columns[0]) != 1:
        raise ValueError(f"f must return shape (m,), got {np.shape(columns[0])}")
    return np.stack(columns, axis=1)


def chain_gradient(jacobians: list[np.ndarray], g: np.ndarray) -> np.ndarray:
    """Return dL/dx for L(f_k(… f_2(f_1(x)))), in the shape of `x`.

    `jacobians` lists the Jacobians of f_1, …, f_k in the order in which the functions are applied;
    an empty list leaves `x` as it is. `g` (m,) is the gradient of L with respect to the result of
    f_k. Raises ValueError if a shape does not fit the next.
    """
    g = floats(g, "g")
    if g.ndim != 1:
        raise ValueError(f"g must have shape (m,), got {g.shape}")
    for i, J in reversed(list(enumerate(jacobians))):
        J = floats(J, f"jacobians[{i}]").astype(g.dtype)
        if J.ndim != 2 or len(J) != len(g):
            raise ValueError(f"jacobians[{i}] must have shape ({len(g)}, n), got {J.shape}")
        g = g @ J
    return g


def multiplications(sizes: list[int]) -> tuple[int, int]:
    """Return the numbers of multiplications of the forward and of the reverse order.

    `sizes` is n_0, …, n_k, with k at least 1 and each at least 1: the Jacobian of f_i has shape
    (n_i, n_(i-1)). Raises ValueError or TypeError for other sizes.
    """
    sizes = [_whole(n, "sizes") for n in sizes]
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"sizes must be at least two numbers, each at least 1, got {sizes}")
    edges = [n * m for n, m in pairwise(sizes)]
    return sizes[0] * sum(edges[1:]), sizes[-1] * sum(edges[:-1])


def _whole(n: int, name: str) -> int:
    """Return `n` as an int, or raise an error unless it is a whole number."""
    if isinstance(n, bool) or not isinstance(n, int | np.integer):
        raise TypeError(f"{name} must hold whole numbers, got {n!r}")
    return int(n)


def layer_vjp(X: np.ndarray, W: np.ndarray, dY: np.ndarray) -> np.ndarray:
    """Return dL/dX, of shape (n, d_in), for Y = tanh(X @ W).

    `X` has shape (n, d_in), `W` (d_in, d_out), and `dY` (n, d_out) is dL/dY; else ValueError.
    """
    X, W, dY = _matrices(X, W, dY, "dY")
    return (dY * (1 - np.tanh(X @ W) ** 2)) @ W.T


def unbroadcast(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the gradient for an array of shape `shape` that NumPy stretched to the shape of `g`.

    `g` is the gradient for the stretched array, and the result has shape `shape`. Raises ValueError
    if `shape` cannot be broadcast to the shape of `g`.
    """
    g, shape = floats(g, "g"), tuple(_whole(n, "shape") for n in shape)
    more = g.ndim - len(shape)
    if more < 0 or any(n not in (1, m) for n, m in zip(shape, g.shape[more:], strict=True)):
        raise ValueError(f"shape must be one that broadcasts to {g.shape}, got {shape}")
    stretched = tuple(i for i in range(g.ndim) if i < more or shape[i - more] == 1)
    return np.sum(g, axis=stretched).reshape(shape)


def normalize(X: np.ndarray) -> np.ndarray:
    """Return each row of `X` (n, d) divided by its length; a row of zeros is a ValueError."""
    X = floats(X, "X")
    if X.ndim != 2:
        raise ValueError(f"X must have shape (n, d), one row a sample, got {X.shape}")
    r = np.linalg.norm(X, axis=1, keepdims=True)
    if not r.all():
        raise ValueError("X must not have a row of length 0")
    return X / r


def normalize_steps(X: np.ndarray, dY: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return gap 1 (n, d), gap 2 (n, 1) and gap 3 (n, d) of the derivation.

    `X` (n, d) has no row of length 0, and `dY` (n, d) is dL/dY; else ValueError.
    """
    Y, X, dY = normalize(X), floats(X, "X"), floats(dY, "dY")
    if dY.shape != X.shape:
        raise ValueError(f"dY must have the shape of X, {X.shape}, got {dY.shape}")
    r, dY = np.linalg.norm(X, axis=1, keepdims=True), dY.astype(X.dtype)
    dr = -np.sum(dY * Y, axis=1, keepdims=True) / r
    return Y, dr, dY / r + dr * Y


def topological_order(inputs: list[list[int]], output: int) -> list[int]:
    """Return the nodes that `output` depends on, itself among them, each after all its inputs.

    `inputs[i]` lists the nodes that node i is computed from; nodes have the numbers 0, 1, … in any
    order. A node appears once. Raises ValueError if a number names no node or there is a cycle.
    """
    for i in (output, *(j for row in inputs for j in row)):
        if not 0 <= _whole(i, "inputs and output") < len(inputs):
            raise ValueError(f"a node must have a number in 0 … {len(inputs) - 1}, got {i}")
    order, state, stack = [], {}, [(output, False)]
    while stack:
        node, inputs_are_in = stack.pop()
        if inputs_are_in:
            order.append(node)
            state[node] = "done"
        elif node not in state:
            state[node] = "open"
            stack.append((node, True))
            stack += [(i, False) for i in inputs[node]]
        elif state[node] == "open":
            raise ValueError(f"inputs must have no cycle, got one through node {node}")
    return order


def program_gradient(
    program: list[tuple[str, tuple[int, ...]]], x: np.ndarray
) -> tuple[float, np.ndarray]:
    """Return the last value of a program and its gradient with respect to `x`, of shape (n,).

    Values 0 … n-1 are the elements of `x` (n,). Step k of `program` is an operation and the numbers
    of its inputs, all smaller than n + k, and computes value n + k: ("+", (i, j)), ("*", (i, j)),
    ("exp", (i,)) or ("tanh", (i,)). Without a step the result is the last element of `x`.
    Everything is float64. Raises ValueError for another operation, number of inputs or input.
    """
    x = floats(x, "x")
    if x.ndim != 1 or x.size == 0:
        raise ValueError(f"x must have shape (n,), with n at least 1, got {x.shape}")
    operations = {"+": Value.__add__, "*": Value.__mul__, "exp": Value.exp, "tanh": Value.tanh}
    values = [Value(element) for element in x]
    for operation, inputs in program:
        arity = 2 if operation in ("+", "*") else 1
        if operation not in operations or len(inputs) != arity:
            raise ValueError(f"program must hold known operations, got {(operation, inputs)}")
        if not all(0 <= i < len(values) for i in inputs):
            raise ValueError(f"inputs must be earlier values, got {(operation, inputs)}")
        values.append(operations[operation](*(values[i] for i in inputs)))
    values[-1].backward()
    return values[-1].data, np.array([v.grad for v in values[: x.size]])
