"""Losses and their gradients; the chapter `loss` derives every formula used here.

Conventions. Rows are samples: logits `z` have shape (n, C); labels have shape (n,) and hold the
class numbers 0 … C-1. `mse` and `bce` are means over all elements and `cross_entropy` is the mean
over the samples, as in PyTorch. A result has the dtype of the prediction (float32 in, float32 out);
integers count as float64. A loss is a scalar, and its gradient has the shape of the prediction.
Every function of logits gives finite numbers and no warning for logits of ±1000.
"""

import numpy as np

from solutions.arrays import above_zero, filled


def _pair(prediction: np.ndarray, y: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a prediction and its target as arrays of one shape and of the prediction's dtype."""
    prediction, y = filled(prediction, name), filled(y, "y")
    if y.shape != prediction.shape:
        raise ValueError(f"y must have the shape of {name}, {prediction.shape}, got {y.shape}")
    return prediction, y.astype(prediction.dtype)


def _check_unit(p: np.ndarray, name: str) -> None:
    """Raise an error unless all of `p` lies between 0 and 1."""
    outside = ~((p >= 0) & (p <= 1))
    if outside.any():
        raise ValueError(f"{name} must lie in [0, 1], got {p[outside][0]}")


def _logits(z: np.ndarray) -> np.ndarray:
    """Return `z` as an array of floats of shape (n, C)."""
    z = filled(z, "z")
    if z.ndim != 2:
        raise ValueError(f"z must have shape (n, C), one row a sample, got {z.shape}")
    return z


def _labels(labels: np.ndarray, classes: int, n: int | None = None) -> np.ndarray:
    """Return `labels` as an array of class numbers 0 … classes-1, of shape (n,)."""
    labels = np.asarray(labels)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels must be integers, the class numbers, got dtype {labels.dtype}")
    if labels.ndim != 1 or (n is not None and len(labels) != n):
        expected = "(n,)" if n is None else f"({n},), one class number a row of z"
        raise ValueError(f"labels must have shape {expected}, got {labels.shape}")
    outside = (labels < 0) | (labels >= classes)
    if outside.any():
        raise ValueError(f"labels must lie in 0 … {classes - 1}, got {labels[outside][0]}")
    return labels


def mse(y_hat: np.ndarray, y: np.ndarray) -> np.floating:
    """Return the mean squared error: the mean over all elements of (y_hat - y)².

    `y_hat` and `y` have one shape, whatever it is: (n,) against (n, 1) is a ValueError, not a
    broadcast. Same scale as `torch.nn.MSELoss`.
    """
    y_hat, y = _pair(y_hat, y, "y_hat")
    return np.mean((y_hat - y) ** 2)


def mse_gradient(y_hat: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the gradient of `mse` with respect to `y_hat`, in the shape of `y_hat`."""
    y_hat, y = _pair(y_hat, y, "y_hat")
    return 2 * (y_hat - y) / y_hat.size


def half_sse(y_hat: np.ndarray, y: np.ndarray) -> np.floating:
    """Return half the sum over all elements of (y_hat - y)²; `y_hat` and `y` have one shape."""
    y_hat, y = _pair(y_hat, y, "y_hat")
    return np.sum((y_hat - y) ** 2) / 2


def half_sse_gradient(y_hat: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the gradient of `half_sse` with respect to `y_hat`, in the shape of `y_hat`."""
    y_hat, y = _pair(y_hat, y, "y_hat")
    return y_hat - y


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-z)) for each element of `z`, which may have any shape."""
    z = filled(z, "z")
    e = np.exp(-np.abs(z))  # between 0 and 1, so it cannot overflow
    return np.where(z >= 0, 1, e) / (1 + e)


def sigmoid_derivative(z: np.ndarray) -> np.ndarray:
    """Return the derivative of `sigmoid` at each element of `z`."""
    z = filled(z, "z")
    return sigmoid(z) * sigmoid(-z)  # 1 - sigmoid(z) is sigmoid(-z), without cancellation


def _log_weighted(weight: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Return weight · log p, with 0 · log 0 = 0, the limit of p log p."""
    with np.errstate(divide="ignore"):  # log 0 = -inf is the right value where the weight is not 0
        return weight * np.log(p, where=weight != 0, out=np.zeros_like(p))


def bce(y_hat: np.ndarray, y: np.ndarray) -> np.floating:
    """Return the binary cross-entropy: the mean of -(y log y_hat + (1-y) log(1-y_hat)).

    `y_hat` and `y` have one shape and are probabilities, in [0, 1]; else ValueError. 0 log 0 counts
    as 0; a prediction of exactly 0 or 1 that is wrong costs infinity. Start from logits where you
    can: see `bce_with_logits`.
    Source: Goodfellow, Bengio, Courville, Deep Learning, sections 5.5 and 6.2.2.2.
    """
    y_hat, y = _pair(y_hat, y, "y_hat")
    _check_unit(y_hat, "y_hat")
    _check_unit(y, "y")
    return 0 - np.mean(_log_weighted(y, y_hat) + _log_weighted(1 - y, 1 - y_hat))  # never -0.0


def bce_gradient(y_hat: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the gradient of `bce` with respect to the probabilities `y_hat`, in their shape.

    Where `y_hat` is exactly 0 or 1 this is the one-sided slope: finite if the prediction is right,
    else infinite.
    """
    y_hat, y = _pair(y_hat, y, "y_hat")
    _check_unit(y_hat, "y_hat")
    _check_unit(y, "y")
    with np.errstate(divide="ignore"):
        toward_1 = np.divide(y, y_hat, where=y != 0, out=np.zeros_like(y))
        toward_0 = np.divide(1 - y, 1 - y_hat, where=y != 1, out=np.zeros_like(y))
    return (toward_0 - toward_1) / y_hat.size


def bce_with_logits(z: np.ndarray, y: np.ndarray) -> np.floating:
    """Return the binary cross-entropy of logits, the mean over all elements.

    Equal to `bce(sigmoid(z), y)`, and exact where that is not: for logits of ±1000 the result is
    finite and there is no warning. `z` (any real numbers) and `y` (in [0, 1]) have one shape; else
    ValueError.
    Same scale as `torch.nn.BCEWithLogitsLoss`.
    """
    z, y = _pair(z, y, "z")
    _check_unit(y, "y")
    return np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))


def bce_with_logits_gradient(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the gradient of `bce_with_logits` with respect to the logits `z`, in their shape.

    `z` (any real numbers) and `y` (in [0, 1]) have one shape; else ValueError.
    """
    z, y = _pair(z, y, "z")
    _check_unit(y, "y")
    return (sigmoid(z) - y) / z.size


def logsumexp(z: np.ndarray) -> np.ndarray:
    """Return log Σ_k exp(z_k) of each row of `z`: from (n, C) to (n,).

    Source: Blanchard, Higham, Higham, IMA Journal of Numerical Analysis 41 (2021), 2311-2330.
    """
    z = _logits(z)
    m = z.max(axis=1)
    return m + np.log(np.sum(np.exp(z - m[:, None]), axis=1))


def softmax(z: np.ndarray) -> np.ndarray:
    """Return exp(z_k) / Σ_j exp(z_j) of each row of `z`, its probabilities: (n, C) to (n, C)."""
    z = _logits(z)
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return p


def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """Return an array of shape (n, classes), float64: row i is 1 at `labels[i]` and 0 elsewhere."""
    labels = _labels(labels, classes)
    y = np.zeros((len(labels), classes))
    y[np.arange(len(labels)), labels] = 1
    return y


def cross_entropy(z: np.ndarray, labels: np.ndarray) -> np.floating:
    """Return the mean over the samples of -log softmax(z)[i, labels[i]].

    `z` (n, C) are logits, not probabilities; `labels` (n,) are integers in 0 … C-1; else ValueError
    or TypeError.
    Same scale as `torch.nn.CrossEntropyLoss`.
    Source: Goodfellow, Bengio, Courville, Deep Learning, section 6.2.2.3.
    """
    z = _logits(z)
    labels = _labels(labels, z.shape[1], len(z))
    z = z - z.max(axis=1, keepdims=True)  # no probability changes, and large logits keep digits
    return np.mean(logsumexp(z) - z[np.arange(len(z)), labels])


def cross_entropy_gradient(z: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the gradient of `cross_entropy` with respect to the logits, in their shape (n, C)."""
    gradient = softmax(z)
    n, classes = gradient.shape
    gradient[np.arange(n), _labels(labels, classes, n)] -= 1  # softmax minus one-hot
    gradient /= n
    return gradient


# The tasks of exercises/loss.md; `bce_with_logits`, above, is one of them too.


def huber(y_hat: np.ndarray, y: np.ndarray, delta: float = 1.0) -> np.floating:
    """Return the Huber loss, the mean over all elements.

    An element with the error r, `y_hat` minus `y`, counts r²/2 where |r| <= delta, and elsewhere
    delta (|r| - delta/2).
    `y_hat` and `y` have one shape, whatever it is, and `delta` is positive; else ValueError.
    Source: Huber, Annals of Mathematical Statistics 35 (1964), 73-101.
    """
    y_hat, y = _pair(y_hat, y, "y_hat")
    delta = above_zero(delta, "delta")
    r = np.abs(y_hat - y)
    return np.mean(np.where(r <= delta, r**2 / 2, delta * (r - delta / 2)))


def huber_gradient(y_hat: np.ndarray, y: np.ndarray, delta: float = 1.0) -> np.ndarray:
    """Return the gradient of the Huber loss with respect to `y_hat`, in the shape of `y_hat`.

    `y_hat` and `y` have one shape, whatever it is, and `delta` is positive; else ValueError.
    """
    y_hat, y = _pair(y_hat, y, "y_hat")
    delta = above_zero(delta, "delta")
    return np.clip(y_hat - y, -delta, delta) / y_hat.size


def column_mse_gradient(y_hat: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the gradient with respect to `y_hat` of the mean squared error, in shape (n, 1).

    `y_hat` (n, 1) is a column of predictions and `y` (n,) a flat array of targets; else ValueError.
    """
    y_hat, y = filled(y_hat, "y_hat"), filled(y, "y")
    if y_hat.ndim != 2 or y_hat.shape[1] != 1:
        raise ValueError(f"y_hat must be a column, of shape (n, 1), got {y_hat.shape}")
    if y.shape != y_hat.shape[:1]:
        raise ValueError(f"y must be flat, of shape {y_hat.shape[:1]}, got {y.shape}")
    return mse_gradient(y_hat, y[:, np.newaxis])


def smooth_labels(labels: np.ndarray, classes: int, epsilon: float = 0.1) -> np.ndarray:
    """Return smoothed one-hot targets of shape (n, classes), float64; each row sums to 1.

    `labels` (n,) are integers in 0 … classes-1 and `epsilon`, the share that is dealt out evenly to
    all classes, lies in [0, 1]; else ValueError or TypeError.
    Source: Szegedy et al., Rethinking the Inception Architecture, arXiv:1512.00567, section 7.
    """
    _check_unit(filled(epsilon, "epsilon"), "epsilon")
    return (1 - epsilon) * one_hot(labels, classes) + epsilon / classes


def _votes(z: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return logits and numbers of votes as arrays of one shape (n, C)."""
    z, y = _pair(_logits(z), y, "z")
    if not (y >= 0).all():
        raise ValueError(f"y must hold numbers of votes, at least 0, got {y.min()}")
    return z, y


def vote_loss(z: np.ndarray, y: np.ndarray, temperature: float = 1.0) -> np.floating:
    """Return the mean over the samples of -Σ_c y[i, c] log softmax(z / temperature)[i, c].

    Arguments and errors as in `vote_loss_steps`.
    """
    z, y = _votes(z, y)
    u = z / above_zero(temperature, "temperature")
    u = u - u.max(axis=1, keepdims=True)
    return np.sum(y * (logsumexp(u)[:, np.newaxis] - u)) / len(z)


def vote_loss_steps(
    z: np.ndarray, y: np.ndarray, temperature: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return gap 1, gap 2 and gap 3 of the derivation, three arrays of shape (n, C).

    `z` (n, C) are logits, `y` (n, C) are numbers of votes, at least 0, and `temperature` is
    positive; else ValueError.
    """
    z, y = _votes(z, y)
    temperature = above_zero(temperature, "temperature")
    ds = softmax(z / temperature)
    dloss = np.sum(y, axis=1, keepdims=True) * ds - y
    return ds, dloss, dloss / (len(z) * temperature)


def softmax_vjp(p: np.ndarray, dp: np.ndarray) -> np.ndarray:
    """Return the gradient with respect to the logits, given the gradient `dp` with respect to `p`.

    `p`, the result of a softmax over each row, `dp` and the gradient all have shape (n, C); else
    ValueError.
    """
    p, dp = filled(p, "p"), filled(dp, "dp")
    if p.ndim != 2 or dp.shape != p.shape:
        raise ValueError(f"p and dp must have one shape (n, C), got {p.shape} and {dp.shape}")
    dp = dp.astype(p.dtype)
    return p * (dp - np.sum(p * dp, axis=1, keepdims=True))


def _focal(z: np.ndarray, y: np.ndarray, gamma: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the logits of the true class, the sign that makes them so, and gamma."""
    z, y = _pair(z, y, "z")
    if not ((y == 0) | (y == 1)).all():
        raise ValueError("y must hold nothing but 0 and 1")
    if not 0 <= gamma < np.inf:
        raise ValueError(f"gamma must be at least 0 and finite, got {gamma}")
    sign = 2 * y - 1
    return sign * z, sign, float(gamma)


def focal_loss(z: np.ndarray, y: np.ndarray, gamma: float = 2.0) -> np.floating:
    """Return the mean over all elements of -(1-q)^gamma log q; q is the true class's probability.

    Arguments and errors as in `focal_loss_gradient`.
    """
    u, _, gamma = _focal(z, y, gamma)
    return np.mean(sigmoid(-u) ** gamma * np.logaddexp(0, -u))


def focal_loss_gradient(z: np.ndarray, y: np.ndarray, gamma: float = 2.0) -> np.ndarray:
    """Return the gradient of the focal loss with respect to the logits `z`, in their shape.

    `z` (any real numbers) and `y` (each 0 or 1) have one shape, whatever it is, and `gamma` is at
    least 0; else ValueError.
    Source: Lin et al., Focal Loss for Dense Object Detection, arXiv:1708.02002.
    """
    u, sign, gamma = _focal(z, y, gamma)
    rest = sigmoid(-u)  # 1 - sigmoid(u), without cancellation
    slope = rest**gamma * (-gamma * sigmoid(u) * np.logaddexp(0, -u) - rest)
    return sign * slope / u.size
