"""Backpropagation through a multilayer perceptron; the chapter `backprop` proves its equations.

Conventions. Rows are samples: X has shape (n, d_0). `parameters` is a list of pairs (W, b), one for
each layer, W of shape (d_in, d_out) and b of shape (d_out,). A layer computes z = a_in @ W + b and,
unless it is the last, a = f(z). The output is linear: a loss of `solutions.loss` takes it as it is.
`delta` is the gradient of the loss with respect to a layer's z, of shape (n, d_out). Gradients are
sums over the rows; a loss that is a mean has the 1/n in its delta. Everything is computed in the
dtype of the parameters. Functions return new arrays and leave their arguments as they are.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from solutions.gradient_descent import batches
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
    softmax,
)

Parameters = list[tuple[np.ndarray, np.ndarray]]
Cache = list[tuple[np.ndarray, np.ndarray]]


def identity(z: np.ndarray) -> np.ndarray:
    """Return `z`, any array, as it is: the activation of a linear layer."""
    return z


def identity_derivative(z: np.ndarray) -> np.ndarray:
    """Return the slope of the identity at each element of `z`: ones in its shape."""
    return np.ones_like(z)


def relu(z: np.ndarray) -> np.ndarray:
    """Return max(z, 0) for each element of `z`, which may have any shape."""
    return np.maximum(z, 0)


def relu_derivative(z: np.ndarray) -> np.ndarray:
    """Return the slope of `relu` at each element of `z`: 1 where z > 0, else 0.

    At 0, where ReLU has a kink, the slope is 0 by convention, as in PyTorch.
    """
    return (z > 0).astype(z.dtype)


def tanh(z: np.ndarray) -> np.ndarray:
    """Return the hyperbolic tangent of each element of `z`, which may have any shape."""
    return np.tanh(z)


def tanh_derivative(z: np.ndarray) -> np.ndarray:
    """Return the slope of `tanh` at each element of `z`, in its shape."""
    return 1 - np.tanh(z) ** 2


ACTIVATIONS: dict[str, tuple[Callable, Callable]] = {
    "identity": (identity, identity_derivative),
    "relu": (relu, relu_derivative),
    "tanh": (tanh, tanh_derivative),
    "sigmoid": (sigmoid, sigmoid_derivative),
}


def _activation(name: str) -> tuple[Callable, Callable]:
    """Return an activation and its derivative by name."""
    if name not in ACTIVATIONS:
        raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}, got {name!r}")
    return ACTIVATIONS[name]


def _matrix(value: np.ndarray, name: str, columns: int, dtype: np.dtype) -> np.ndarray:
    """Return `value` as an array of shape (n, columns) and of `dtype`, or raise an error."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must hold real numbers, got dtype {array.dtype}")
    if array.ndim != 2 or array.shape[1] != columns or len(array) == 0:
        raise ValueError(f"{name} must have shape (n, {columns}), got {array.shape}")
    return array.astype(dtype, copy=False)


def _check_parameters(parameters: Parameters) -> None:
    """Raise an error unless the shapes of the layers fit each other."""
    if len(parameters) == 0:
        raise ValueError("parameters must hold a pair (W, b) for each layer, got none")
    for layer, (W, b) in enumerate(parameters, 1):
        if W.ndim != 2 or b.shape != W.shape[1:]:
            raise ValueError(
                f"parameters: layer {layer} must have W of shape (d_in, d_out) and b of shape "
                f"(d_out,), got {W.shape} and {b.shape}"
            )
    for layer, ((before, _), (W, _)) in enumerate(pairwise(parameters), 2):
        if len(W) != before.shape[1]:
            raise ValueError(
                f"parameters: W of layer {layer} must have {before.shape[1]} rows, the outputs of "
                f"the layer before, got {len(W)}"
            )


def initialize(
    sizes: Sequence[int],
    rng: np.random.Generator,
    std: Callable[[int, int], float] | None = None,
    dtype: type = np.float64,
) -> Parameters:
    """Return parameters for layers of `sizes`, inputs first: normal weights and zero biases.

    `std(d_in, d_out)` is the standard deviation of a layer's weights; without it, sqrt(2 / d_in).
    `sizes` are at least two positive integers; else ValueError.
    Source: He et al., Delving Deep into Rectifiers, arXiv:1502.01852.
    """
    if len(sizes) < 2 or not all(int(size) == size >= 1 for size in sizes):
        raise ValueError(f"sizes must be at least two positive integers, got {list(sizes)}")
    std = std or (lambda d_in, _: np.sqrt(2 / d_in))
    return [
        (
            (std(d_in, d_out) * rng.standard_normal((d_in, d_out))).astype(dtype),
            np.zeros(d_out, dtype),
        )
        for d_in, d_out in pairwise(sizes)
    ]


def forward(
    X: np.ndarray, parameters: Parameters, activation: str = "relu"
) -> tuple[np.ndarray, Cache]:
    """Return the linear output of the last layer, (n, d_out), and the cache for `backward`.

    The cache has an entry (a_in, z) for each layer: what came in, and what W and b made of it.
    `X` is (n, d_in), and `activation`, that of the hidden layers, is "relu", "tanh", "sigmoid" or
    "identity"; else ValueError.
    """
    f, _ = _activation(activation)
    _check_parameters(parameters)
    W = parameters[0][0]
    a, cache = _matrix(X, "X", len(W), W.dtype), []
    for W, b in parameters:
        z = a @ W + b
        cache.append((a, z))
        a = f(z)  # not needed after the last layer, but cheap
    return z, cache


def backward(
    delta: np.ndarray, parameters: Parameters, cache: Cache, activation: str = "relu"
) -> Parameters:
    """Return the gradients of the loss, a pair (dW, db) for each layer, shaped as `parameters`.

    `delta` (n, d_out) is the gradient of the loss with respect to the output of `forward`, which
    made the `cache` with the same parameters and activation. Shapes that do not fit are a
    ValueError.
    Source: Rumelhart, Hinton, Williams, Nature 323 (1986), 533-536.
    """
    _, slope = _activation(activation)
    if len(cache) != len(parameters):
        raise ValueError(
            f"cache must hold an entry for each of the {len(parameters)} layers, got {len(cache)}"
        )
    z = cache[-1][1]
    delta = _matrix(delta, "delta", z.shape[1], z.dtype)
    if len(delta) != len(z):
        raise ValueError(
            f"delta must have a row for each of the {len(z)} samples, got {len(delta)}"
        )
    gradients = []
    for layer in reversed(range(len(parameters))):
        a_in = cache[layer][0]
        gradients.append((a_in.T @ delta, delta.sum(axis=0)))
        if layer > 0:
            delta = delta @ parameters[layer][0].T * slope(cache[layer - 1][1])
    return gradients[::-1]


def accuracy(z: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of the rows of `z` (n, C) whose largest logit is that of `labels` (n,)."""
    if z.ndim != 2 or np.shape(labels) != z.shape[:1]:
        raise ValueError(
            f"z must have shape (n, C) and labels (n,), got {z.shape} and {np.shape(labels)}"
        )
    return float(np.mean(z.argmax(axis=1) == labels))


def train(
    X: np.ndarray,
    labels: np.ndarray,
    parameters: Parameters,
    lr: float,
    epochs: int,
    batch_size: int,
    rng: np.random.Generator,
) -> Parameters:
    """Return the parameters after `epochs` of gradient descent on the cross-entropy of batches.

    `X` (n, d_in) goes through a network of ReLU layers with softmax output; `labels` (n,) are class
    numbers; else ValueError or TypeError. Each epoch deals all rows out anew to batches of
    `batch_size`; the last may be smaller.
    """
    _check_parameters(parameters)
    W = parameters[0][0]
    X = _matrix(X, "X", len(W), W.dtype)
    if np.shape(labels) != X.shape[:1]:
        raise ValueError(f"labels must have shape {X.shape[:1]}, got {np.shape(labels)}")
    labels = np.asarray(labels)
    parameters = [(W.copy(), b.copy()) for W, b in parameters]
    for _ in range(epochs):
        for rows in batches(len(X), batch_size, rng):
            z, cache = forward(X.take(rows, axis=0), parameters)
            gradients = backward(cross_entropy_gradient(z, labels[rows]), parameters, cache)
            for (W, b), (dW, db) in zip(parameters, gradients, strict=True):
                W -= lr * dW
                b -= lr * db
    return parameters


# The tasks of exercises/backprop.md.


def _same_shape(value: np.ndarray, name: str, shape: tuple[int, ...], of: str) -> np.ndarray:
    """Return `value` as an array of `shape`, or raise an error."""
    array = np.asarray(value)
    if array.shape != shape:
        raise ValueError(f"{name} must have the shape of {of}, {shape}, got {array.shape}")
    return array


def activation_slope(z: np.ndarray, name: str) -> np.ndarray:
    """Return the derivative of the activation `name` at each element of `z`, in its shape.

    `name` is "relu", "tanh", "softplus" or "silu"; else ValueError. Finite for ±1000.
    Source: Elfwing, Uchibe, Doya, Neural Networks 107 (2018), 3-11 (silu).
    """
    if name in ("relu", "tanh"):
        return ACTIVATIONS[name][1](z)
    if name == "softplus":
        return sigmoid(z)
    if name == "silu":
        return sigmoid(z) + z * sigmoid_derivative(z)
    raise ValueError(f"name must be relu, tanh, softplus or silu, got {name!r}")


def layer_backward(
    delta: np.ndarray, a_in: np.ndarray, W: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of the loss with respect to W, b and a_in, in their shapes.

    The layer is z = a_in @ W + b with `a_in` (n, d_in), `W` (d_in, d_out) and b (d_out,), and
    `delta` (n, d_out) is the gradient with respect to z. Other shapes are a ValueError.
    """
    _same_shape(delta, "delta", (len(a_in), W.shape[1]), "a_in @ W")
    return a_in.T @ delta, delta.sum(axis=0), delta @ W.T


def gradient_check(
    f: Callable[[np.ndarray], float], x: np.ndarray, claimed: np.ndarray, h: float = 1e-5
) -> np.ndarray:
    """Return the relative error of each entry of `claimed`, float64, in the shape of `x`.

    `claimed`, in the shape of `x`, is what somebody takes for the gradient of the number `f(x)`;
    another shape is a ValueError. The error of an entry is measured against a central difference
    with steps of `h` in float64.
    Source: the protocol of CS231n, Stanford, "Neural Networks Part 3".
    """
    x = np.array(x, dtype=np.float64)
    claimed = _same_shape(claimed, "claimed", x.shape, "x")
    errors = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = h
        numerical = (f(x + step) - f(x - step)) / (2 * h)
        size = max(abs(claimed[i]), abs(numerical))
        errors[i] = abs(claimed[i] - numerical) / size if size > 0 else 0
    return errors


def mlp_gradients(X: np.ndarray, y: np.ndarray, parameters: list) -> list:
    """Return the gradients of the mean squared error, a list of a pair (dW, db) for each layer.

    The hidden layers have the activation tanh and the output is linear. `X` (n, d_in), `y`
    (n, d_out) and `parameters`, a list of any number of pairs (W, b), are floats of one dtype. The
    mean goes over all n · d_out elements. Shapes that do not fit are a ValueError.
    """
    y_hat, cache = forward(X, parameters, "tanh")
    return backward(mse_gradient(y_hat, y), parameters, cache, "tanh")


def descent_step(X: np.ndarray, y: np.ndarray, parameters: list, lr: float) -> list:
    """Return the parameters, [(W1, b1), (W2, b2)], after one step of gradient descent.

    The network has one hidden layer of sigmoids and a linear output; the loss is the mean over the
    n samples of half the sum of squares. `X` is (n, d_in), `y` (n, d_out), and `parameters` are
    like the result. Shapes that do not fit are a ValueError.
    """
    y_hat, cache = forward(X, parameters, "sigmoid")
    gradients = backward(half_sse_gradient(y_hat, y) / len(y_hat), parameters, cache, "sigmoid")
    pairs = zip(parameters, gradients, strict=True)
    return [(W - lr * dW, b - lr * db) for (W, b), (dW, db) in pairs]


def train_classifier(
    X: np.ndarray, y: np.ndarray, parameters: list, lr: float, steps: int
) -> tuple[list, np.ndarray]:
    """Return the parameters after `steps` full-batch steps, and the loss before each step.

    The network has one hidden layer of ReLUs and one sigmoid output, the probability of y = 1; the
    loss is the mean binary cross-entropy. `X` is (n, d), `y` (n, 1) holds 0 and 1, and `parameters`
    are [(W1, b1), (W2, b2)]; else ValueError. The losses have shape (steps,).
    """
    losses = []
    for _ in range(steps):
        z, cache = forward(X, parameters)
        losses.append(bce_with_logits(z, y))
        gradients = backward(bce_with_logits_gradient(z, y), parameters, cache)
        pairs = zip(parameters, gradients, strict=True)
        parameters = [(W - lr * dW, b - lr * db) for (W, b), (dW, db) in pairs]
    return parameters, np.array(losses)


def tied_loss(X: np.ndarray, W: np.ndarray) -> np.floating:
    """Return the mean squared error of the reconstruction tanh(X @ W) @ W.T of `X`."""
    return mse(np.tanh(X @ W) @ W.T, X)


def tied_steps(X: np.ndarray, W: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return gap 1, gap 2 and gap 3 of the derivation, of shapes (n, d), (n, h) and (d, h).

    `X` (n, d) holds the samples and `W` (d, h) the weights that both layers use.
    """
    a = np.tanh(X @ W)
    delta_out = mse_gradient(a @ W.T, X)
    delta = delta_out @ W * (1 - a**2)
    return delta_out, delta, X.T @ delta + delta_out.T @ a


PAIRINGS = ("linear + half SSE", "softmax + CE", "sigmoid + BCE", "sigmoid + CE")


def output_loss(z: np.ndarray, y: np.ndarray, pairing: str) -> np.floating:
    """Return the mean over the samples of the loss of `pairing`; see `output_delta`."""
    if pairing == "linear + half SSE":
        return half_sse(z, y) / len(z)
    if pairing == "softmax + CE":
        return cross_entropy(z, np.argmax(y, axis=1))
    if pairing == "sigmoid + BCE":
        return bce_with_logits(z, y) * z.shape[1]
    return np.sum(y * np.logaddexp(0, -z)) / len(z)


def output_delta(z: np.ndarray, y: np.ndarray, pairing: str) -> np.ndarray:
    """Return the gradient with respect to the logits `z`, in their shape (n, C).

    `y` (n, C) is one-hot. `pairing` is "linear + half SSE", "softmax + CE", "sigmoid + BCE" or
    "sigmoid + CE"; else ValueError. The loss is a sum over the outputs and a mean over the samples.
    """
    y = _same_shape(y, "y", z.shape, "z")
    if pairing not in PAIRINGS:
        raise ValueError(f"pairing must be one of {', '.join(PAIRINGS)}, got {pairing!r}")
    if pairing == "sigmoid + CE":
        return -y * sigmoid(-z) / len(z)  # 1 - sigmoid(z), without cancellation
    output = {"linear": identity, "softmax": softmax, "sigmoid": sigmoid}[pairing.split()[0]]
    return (output(z) - y) / len(z)
