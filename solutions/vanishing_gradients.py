"""Deep networks that learn: initialisation, batch normalisation, residual connections, clipping.

The chapter `vanishing_gradients` derives every formula used here. Conventions. Rows are samples;
pre-activations `z` have shape (n, d). The variance of a batch divides by n and the running variance
is corrected by n / (n-1), as in PyTorch. A result has the dtype of the first array (float32 in,
float32 out); integers count as float64.
"""

import numpy as np

from solutions.arrays import floats

Parameters = list[tuple[np.ndarray, ...]]


def _floats(value: np.ndarray, name: str, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Return `value` as an array of floats, of that shape if one is given, or raise an error."""
    array = floats(value, name)
    if shape is not None and array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {array.shape}")
    return array


def _rows(z: np.ndarray, name: str, least: int = 1) -> np.ndarray:
    """Return `z` as an array of floats of shape (n, d), with n >= `least`."""
    z = _floats(z, name)
    if z.ndim != 2 or len(z) < least:
        raise ValueError(f"{name} must have shape (n, d) with n >= {least}, got {z.shape}")
    return z


def _in_range(value: float, name: str, low: float, high: float = np.inf) -> float:
    """Return `value` as a float, or raise an error unless low <= value <= high."""
    if not low <= value <= high:
        raise ValueError(f"{name} must lie in [{low}, {high}], got {value}")
    return float(value)


def xavier_std(d_in: int, d_out: int) -> float:
    """Return Xavier's standard deviation of the weights of a layer, sqrt(2 / (d_in + d_out)).

    A compromise between 1 / d_in, the variance that keeps the size of the signal, and 1 / d_out,
    the variance that keeps that of the gradient. Widths below 1 are a ValueError.
    Source: Glorot, Bengio, AISTATS 2010, equation 12.
    """
    return float(np.sqrt(2 / (_in_range(d_in, "d_in", 1) + _in_range(d_out, "d_out", 1))))


def he_std(d_in: int, d_out: int) -> float:
    """Return He's standard deviation of the weights of a ReLU layer, sqrt(2 / d_in).

    The width `d_out` does not count; it is there so that both rules are called in one way. Widths
    below 1 are a ValueError.
    Source: He, Zhang, Ren, Sun, arXiv:1502.01852, equation 10.
    """
    _in_range(d_out, "d_out", 1)
    return float(np.sqrt(2 / _in_range(d_in, "d_in", 1)))


def leaky_relu(z: np.ndarray, slope: float = 0.01) -> np.ndarray:
    """Return z where z > 0 and slope · z elsewhere, for each element of `z`, of any shape.

    Source: Maas, Hannun, Ng, ICML 2013 workshop.
    """
    z = _floats(z, "z")
    return np.where(z > 0, z, slope * z)


def leaky_relu_derivative(z: np.ndarray, slope: float = 0.01) -> np.ndarray:
    """Return the derivative of `leaky_relu` at each element of `z`; at 0 it counts as `slope`."""
    z = _floats(z, "z")
    return np.where(z > 0, 1.0, slope).astype(z.dtype)


Cache = tuple[np.ndarray, np.ndarray, np.ndarray]


def batch_norm(
    z: np.ndarray, gamma: np.ndarray, beta: np.ndarray, eps: float = 1e-5
) -> tuple[np.ndarray, Cache]:
    """Return gamma · z_hat + beta, and the cache (z_hat, s, gamma) that the gradient needs.

    z_hat is (z - mean) / s, with the mean of each column and s = sqrt(variance + eps). `z` has
    shape (n, d); `gamma`, `beta` and s have shape (d,); else ValueError.
    Source: Ioffe, Szegedy, arXiv:1502.03167, algorithm 1. Same scale as `torch.nn.BatchNorm1d`.
    """
    z = _rows(z, "z")
    gamma = _floats(gamma, "gamma", z.shape[1:]).astype(z.dtype)
    beta = _floats(beta, "beta", z.shape[1:]).astype(z.dtype)
    s = np.sqrt(z.var(axis=0) + _in_range(eps, "eps", 0))
    z_hat = (z - z.mean(axis=0)) / s
    return gamma * z_hat + beta, (z_hat, s, gamma)


def batch_norm_gradient(dy: np.ndarray, cache: Cache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients (dz, dgamma, dbeta), of shapes (n, d), (d,) and (d,).

    `dy` (n, d) is the gradient with respect to the result of `batch_norm`, and `cache` is what
    `batch_norm` returned with it.
    """
    z_hat, s, gamma = cache
    dy = _floats(dy, "dy", z_hat.shape)
    dz_hat = gamma * dy
    centred = dz_hat - dz_hat.mean(axis=0)
    dz = (centred - z_hat * (dz_hat * z_hat).mean(axis=0)) / s
    return dz, np.sum(dy * z_hat, axis=0), np.sum(dy, axis=0)


def batch_norm_fixed(
    z: np.ndarray,
    gamma: np.ndarray,
    beta: np.ndarray,
    mean: np.ndarray,
    var: np.ndarray,
    eps: float = 1e-5,
) -> np.ndarray:
    """Return gamma · (z - mean) / sqrt(var + eps) + beta, with a given mean and variance.

    This is batch normalisation after training: a row does not depend on the others. `z` has shape
    (n, d) and the others (d,); else ValueError.
    """
    z = _rows(z, "z")
    gamma, beta, mean, var = (
        _floats(value, name, z.shape[1:]).astype(z.dtype)
        for value, name in ((gamma, "gamma"), (beta, "beta"), (mean, "mean"), (var, "var"))
    )
    return gamma * (z - mean) / np.sqrt(var + _in_range(eps, "eps", 0)) + beta


def _input(X: np.ndarray, parameters: Parameters) -> np.ndarray:
    """Return `X` as rows, or raise an error unless the weights of each layer fit the one before."""
    X = _rows(X, "X")
    if not parameters:
        raise ValueError("parameters must hold a layer, got none")
    width = X.shape[1]
    for layer, (W, *_) in enumerate(parameters, 1):
        _floats(W, f"parameters: W of layer {layer}", (width, W.shape[-1]))
        width = W.shape[-1]
    return X


def norm_forward(
    X: np.ndarray, parameters: Parameters, statistics: list | None = None
) -> tuple[np.ndarray, list]:
    """Return the logits and the cache of a ReLU network with batch normalisation.

    A hidden layer (W, gamma, beta) computes relu(batch_norm(a @ W)); the last layer is (W, b). The
    cache has an entry (a_in, z, cache of batch_norm) for each layer. With `statistics`, a list of
    (mean, var) for each hidden layer, the batch is normalised by these.
    """
    a, cache = _input(X, parameters), []
    for i, (W, gamma, beta) in enumerate(parameters[:-1]):
        z = a @ W
        if statistics is None:
            y, norm_cache = batch_norm(z, gamma, beta)
        else:
            y, norm_cache = batch_norm_fixed(z, gamma, beta, *statistics[i]), None
        cache.append((a, z, norm_cache))
        a = np.maximum(y, 0)
    W, b = parameters[-1]
    cache.append((a, a @ W + b, None))
    return cache[-1][1], cache


def norm_backward(delta: np.ndarray, parameters: Parameters, cache: list) -> Parameters:
    """Return the gradients of `norm_forward`, in the order and shapes of the parameters.

    `delta` is the gradient with respect to the logits; the cache is one without `statistics`.
    """
    a = cache[-1][0]
    gradients = [(a.T @ delta, delta.sum(axis=0))]
    da = delta @ parameters[-1][0].T
    for (W, *_), (a_in, _, norm_cache) in zip(parameters[-2::-1], cache[-2::-1], strict=True):
        dz, dgamma, dbeta = batch_norm_gradient(da * (a > 0), norm_cache)
        gradients.append((a_in.T @ dz, dgamma, dbeta))
        a, da = a_in, dz @ W.T
    return gradients[::-1]


def residual_forward(X: np.ndarray, parameters: Parameters) -> tuple[np.ndarray, list]:
    """Return the logits and the cache of a ReLU network with residual connections.

    A hidden layer (W, b) computes relu(a @ W + b), and adds `a` to it if W is square; the last
    layer is linear. The cache has an entry (a_in, z) for each layer.
    Source: He, Zhang, Ren, Sun, arXiv:1512.03385.
    """
    a, cache = _input(X, parameters), []
    for W, b in parameters[:-1]:
        z = a @ W + b
        cache.append((a, z))
        a = np.maximum(z, 0) + (a if W.shape[0] == W.shape[1] else 0)
    W, b = parameters[-1]
    cache.append((a, a @ W + b))
    return cache[-1][1], cache


def residual_backward(delta: np.ndarray, parameters: Parameters, cache: list) -> Parameters:
    """Return the gradients of `residual_forward`, in the order and shapes of the parameters.

    `delta` is the gradient with respect to the logits.
    """
    gradients = [(cache[-1][0].T @ delta, delta.sum(axis=0))]
    da = delta @ parameters[-1][0].T
    for (W, _), (a_in, z) in zip(parameters[-2::-1], cache[-2::-1], strict=True):
        dz = da * (z > 0)
        gradients.append((a_in.T @ dz, dz.sum(axis=0)))
        da = dz @ W.T + (da if W.shape[0] == W.shape[1] else 0)
    return gradients[::-1]


# The tasks of exercises/vanishing_gradients.md.


def leaky_he_std(d_in: int, slope: float = 0.01) -> float:
    """Return the standard deviation of the weights of a layer that follows a leaky ReLU.

    `d_in`, at least 1, is the number of inputs of the layer and `slope` the slope of the leaky ReLU
    for z <= 0; else ValueError.
    Source: He, Zhang, Ren, Sun, Delving Deep into Rectifiers, arXiv:1502.01852.
    """
    return float(np.sqrt(2 / ((1 + slope**2) * _in_range(d_in, "d_in", 1))))


def dead_units(z: np.ndarray) -> np.ndarray:
    """Return for each unit of a ReLU layer whether it is dead, an array of bool, of shape (d,).

    `z` (n, d) holds the pre-activations of the layer on a whole data set; else ValueError.
    """
    return ~(_rows(z, "z") > 0).any(axis=0)


def delta_norms(
    delta: np.ndarray, weights: list[np.ndarray], slopes: list[np.ndarray]
) -> np.ndarray:
    """Return the norms of δ⁽¹⁾, …, δ⁽ᴷ⁾, from the first layer to the last: an array of shape (K,).

    `delta` is δ⁽ᴷ⁾, of shape (n, d_K). `weights` holds the weights of the layers 2 to K, those of
    layer l of shape (d_(l-1), d_l). `slopes` holds f'(z) of the layers 1 to K-1, that of layer l of
    shape (n, d_l). For K = 1 both lists are empty. Shapes that do not fit are a ValueError.
    """
    delta = _rows(delta, "delta")
    if len(weights) != len(slopes):
        raise ValueError(f"weights must have {len(slopes)} entries, as slopes, got {len(weights)}")
    norms = [np.linalg.norm(delta)]
    for i in reversed(range(len(weights))):
        slope = _rows(slopes[i], f"slopes[{i}]")
        W = _floats(weights[i], f"weights[{i}]", (slope.shape[1], delta.shape[1]))
        slope = _floats(slope, f"slopes[{i}]", (len(delta), len(W)))
        delta = (delta @ W.T * slope).astype(delta.dtype)
        norms.append(np.linalg.norm(delta))
    return np.array(norms[::-1])


def clip_by_norm(gradients: list[np.ndarray], max_norm: float) -> list[np.ndarray]:
    """Return the gradients, clipped so that their common norm is at most `max_norm`.

    `gradients` is a list of arrays of any shapes, with a finite norm, and `max_norm` is positive
    and finite; else ValueError. The result is a list of new arrays of the same shapes and dtypes.
    Source: Pascanu, Mikolov, Bengio, arXiv:1211.5063.
    """
    if not 0 < max_norm < np.inf:
        raise ValueError(f"max_norm must be positive and finite, got {max_norm}")
    gradients = [_floats(g, f"gradients[{i}]") for i, g in enumerate(gradients)]
    with np.errstate(over="ignore"):
        norm = np.sqrt(sum(np.sum(g.astype(np.float64) ** 2) for g in gradients))
    if not np.isfinite(norm):
        raise ValueError(f"gradients must have a finite norm, got {norm}")
    factor = min(1, max_norm / norm) if norm > 0 else 1
    return [(factor * g).astype(g.dtype) for g in gradients]


def running_statistics(
    z: np.ndarray, mean: np.ndarray, var: np.ndarray, momentum: float = 0.1
) -> tuple[np.ndarray, np.ndarray]:
    """Return the running mean and the running variance after one more batch.

    `z` (n, d) is the batch, n >= 2, `mean` and `var` (d,) are the running statistics so far, and
    `momentum`, in [0, 1], is the weight of the batch; else ValueError.
    Same scale as `torch.nn.BatchNorm1d`.
    """
    z = _rows(z, "z", least=2)
    momentum = _in_range(momentum, "momentum", 0, 1)
    mean = _floats(mean, "mean", z.shape[1:]).astype(z.dtype)
    var = _floats(var, "var", z.shape[1:]).astype(z.dtype)
    new_mean = (1 - momentum) * mean + momentum * z.mean(axis=0)
    return new_mean, (1 - momentum) * var + momentum * z.var(axis=0, ddof=1)


def fold_batch_norm(
    W: np.ndarray,
    b: np.ndarray,
    gamma: np.ndarray,
    beta: np.ndarray,
    mean: np.ndarray,
    var: np.ndarray,
    eps: float = 1e-5,
) -> tuple[np.ndarray, np.ndarray]:
    """Return (W_new, b_new), a linear layer that does the work of a layer and its batch norm.

    `W` has shape (d_in, d_out) and the others (d_out,); else ValueError. `mean` and `var` are the
    running statistics.
    """
    W = _rows(W, "W")
    b, gamma, beta, mean, var = (
        _floats(value, name, W.shape[1:]).astype(W.dtype)
        for value, name in zip(
            (b, gamma, beta, mean, var), ("b", "gamma", "beta", "mean", "var"), strict=True
        )
    )
    scale = gamma / np.sqrt(var + _in_range(eps, "eps", 0))
    return W * scale, (b - mean) * scale + beta


def highway(
    x: np.ndarray, W_h: np.ndarray, b_h: np.ndarray, W_t: np.ndarray, b_t: np.ndarray
) -> np.ndarray:
    """Return the result of a highway layer, t ⊙ h + (1 - t) ⊙ x, in the shape of `x`.

    h is tanh(x @ W_h + b_h), and the gate t is the sigmoid of x @ W_t + b_t. Shapes and errors as
    in `highway_steps`.
    """
    x, h, t = _highway(x, W_h, b_h, W_t, b_t)[:3]
    return t * h + (1 - t) * x


def _highway(
    x: np.ndarray, W_h: np.ndarray, b_h: np.ndarray, W_t: np.ndarray, b_t: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Return x, h, t and the two matrices of weights of a highway layer, of one dtype."""
    x = _rows(x, "x")
    d = x.shape[1]
    W_h, W_t = (
        _floats(W, name, (d, d)).astype(x.dtype) for W, name in ((W_h, "W_h"), (W_t, "W_t"))
    )
    b_h, b_t = (_floats(b, name, (d,)).astype(x.dtype) for b, name in ((b_h, "b_h"), (b_t, "b_t")))
    t = (1 + np.tanh((x @ W_t + b_t) / 2)) / 2  # the sigmoid, without overflow
    return x, np.tanh(x @ W_h + b_h), t, W_h, W_t


def highway_steps(
    dy: np.ndarray,
    x: np.ndarray,
    W_h: np.ndarray,
    b_h: np.ndarray,
    W_t: np.ndarray,
    b_t: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return gap 1, gap 2 and gap 3 of the derivation, three arrays of shape (n, d).

    `x` and `dy` have shape (n, d), `W_h` and `W_t` (d, d), `b_h` and `b_t` (d,); else ValueError.
    Source: Srivastava, Greff, Schmidhuber, Highway Networks, arXiv:1505.00387.
    """
    x, h, t, W_h, W_t = _highway(x, W_h, b_h, W_t, b_t)
    dy = _floats(dy, "dy", x.shape).astype(x.dtype)
    dz_h = dy * t * (1 - h**2)
    dz_t = dy * (h - x) * t * (1 - t)
    return dz_h, dz_t, dy * (1 - t) + dz_h @ W_h.T + dz_t @ W_t.T


def layer_norm(z: np.ndarray, gamma: np.ndarray, beta: np.ndarray, eps: float = 1e-5) -> np.ndarray:
    """Return gamma · z_hat + beta; z_hat is `z` (n, d), standardised row by row.

    `gamma` and `beta` have shape (d,); else ValueError. Same scale as `torch.nn.LayerNorm`.
    Source: Ba, Kiros, Hinton, Layer Normalization, arXiv:1607.06450.
    """
    z, gamma, z_hat, _ = _layer_norm(z, gamma, eps)
    return gamma * z_hat + _floats(beta, "beta", gamma.shape).astype(z.dtype)


def _layer_norm(z: np.ndarray, gamma: np.ndarray, eps: float) -> tuple[np.ndarray, ...]:
    """Return z, gamma, z standardised row by row, and what its rows were divided by."""
    z = _rows(z, "z")
    gamma = _floats(gamma, "gamma", z.shape[1:]).astype(z.dtype)
    s = np.sqrt(z.var(axis=1, keepdims=True) + _in_range(eps, "eps", 0))
    return z, gamma, (z - z.mean(axis=1, keepdims=True)) / s, s


def layer_norm_gradient(
    dy: np.ndarray, z: np.ndarray, gamma: np.ndarray, eps: float = 1e-5
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (dz, dgamma, dbeta), of shapes (n, d), (d,) and (d,).

    `z` and `dy` have shape (n, d), `gamma` has shape (d,) and `eps` is not negative; else
    ValueError.
    Source: Ba, Kiros, Hinton, Layer Normalization, arXiv:1607.06450.
    """
    z, gamma, z_hat, s = _layer_norm(z, gamma, eps)
    dy = _floats(dy, "dy", z.shape).astype(z.dtype)
    dz_hat = gamma * dy
    centred = dz_hat - dz_hat.mean(axis=1, keepdims=True)
    dz = (centred - z_hat * (dz_hat * z_hat).mean(axis=1, keepdims=True)) / s
    return dz, np.sum(dy * z_hat, axis=0), np.sum(dy, axis=0)
