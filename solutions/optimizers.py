"""Rules that turn gradients into steps; the chapter `optimizers` derives each of them.

Conventions. A rule is a function `rule(w, g, *state, lr, ...)`. It takes the parameters `w`, the
gradient `g` of the loss at `w`, of the same shape, whatever it is, and what the rule remembers. It
returns the tuple `(w, *state)` of new values. Each part of the state has the shape of `w` and is 0
before the first step; there the number 0 will do. All rules work entry by entry. A result has the
dtype of `w` (float32 in, float32 out). Names of settings are those of the literature, and the
places of `eps` and the default values are those of `torch.optim`.

`lr` is positive and finite; averages forget by a factor `beta` or `rho` in [0, 1); `eps` and
`decay` are at least 0; else ValueError.
"""

import inspect
from collections.abc import Callable

import numpy as np

from solutions.arrays import floats

Arrays = tuple[np.ndarray, ...]


def _like(w: np.ndarray, **others: np.ndarray) -> list[np.ndarray]:
    """Return `w` and the others as arrays of one shape and dtype; a state may be the number 0."""
    w = floats(w, "w")
    arrays = [w]
    for name, value in others.items():
        array = floats(value, name)
        if array.shape != w.shape and (name == "g" or array.shape or array != 0):
            raise ValueError(f"{name} must have the shape of w, {w.shape}, got {array.shape}")
        arrays.append(array.astype(w.dtype))
    return arrays


def _settings(**values: float) -> list[float]:
    """Return the settings as floats, or raise an error that names the one out of range."""
    for name, value in values.items():
        if name == "lr" and not 0 < value < np.inf:
            raise ValueError(f"lr must be positive and finite, got {value}")
        if name in ("eps", "decay") and not 0 <= value < np.inf:
            raise ValueError(f"{name} must be at least 0 and finite, got {value}")
        if name in ("beta", "beta1", "beta2", "rho") and not 0 <= value < 1:
            raise ValueError(f"{name} must lie in [0, 1), got {value}")
    return [float(value) for value in values.values()]


def sgd(w: np.ndarray, g: np.ndarray, lr: float) -> Arrays:
    """Return `(w,)` after a step of plain gradient descent. It remembers nothing."""
    w, g = _like(w, g=g)
    (lr,) = _settings(lr=lr)
    return (w - lr * g,)


def momentum(w: np.ndarray, g: np.ndarray, v: np.ndarray, lr: float, beta: float = 0.9) -> Arrays:
    """Return `(w, v)` after a step with momentum; `v` is the sum of gradients that fade by `beta`.

    Source: Polyak, USSR Computational Mathematics and Mathematical Physics 4 (1964), 1-17.
    """
    w, g, v = _like(w, g=g, v=v)
    lr, beta = _settings(lr=lr, beta=beta)
    v = beta * v + g
    return w - lr * v, v


def nesterov(w: np.ndarray, g: np.ndarray, v: np.ndarray, lr: float, beta: float = 0.9) -> Arrays:
    """Return `(w, v)` after a step with Nesterov's momentum; `w` is the point looked ahead to.

    Source: Sutskever et al., On the importance of initialization and momentum, ICML 2013.
    """
    w, g, v = _like(w, g=g, v=v)
    lr, beta = _settings(lr=lr, beta=beta)
    v = beta * v + g
    return w - lr * (g + beta * v), v


def adagrad(w: np.ndarray, g: np.ndarray, s: np.ndarray, lr: float, eps: float = 1e-10) -> Arrays:
    """Return `(w, s)` after a step of AdaGrad; `s` is the sum of the squared gradients.

    Source: Duchi, Hazan, Singer, Journal of Machine Learning Research 12 (2011), 2121-2159.
    """
    w, g, s = _like(w, g=g, s=s)
    lr, eps = _settings(lr=lr, eps=eps)
    s = s + g**2
    return w - lr * g / (np.sqrt(s) + eps), s


def rmsprop(
    w: np.ndarray, g: np.ndarray, s: np.ndarray, lr: float, rho: float = 0.99, eps: float = 1e-8
) -> Arrays:
    """Return `(w, s)` after a step of RMSprop; `s` is a moving average of the squared gradients.

    Source: Tieleman, Hinton, Neural Networks for Machine Learning, lecture 6.5 (2012).
    """
    w, g, s = _like(w, g=g, s=s)
    lr, rho, eps = _settings(lr=lr, rho=rho, eps=eps)
    s = rho * s + (1 - rho) * g**2
    return w - lr * g / (np.sqrt(s) + eps), s


def adadelta(
    w: np.ndarray,
    g: np.ndarray,
    s: np.ndarray,
    u: np.ndarray,
    lr: float = 1.0,
    rho: float = 0.9,
    eps: float = 1e-6,
) -> Arrays:
    """Return `(w, s, u)` after a step of Adadelta; `s` averages g², and `u` the squared changes.

    Source: Zeiler, ADADELTA: An Adaptive Learning Rate Method, arXiv:1212.5701.
    """
    w, g, s, u = _like(w, g=g, s=s, u=u)
    lr, rho, eps = _settings(lr=lr, rho=rho, eps=eps)
    s = rho * s + (1 - rho) * g**2
    change = np.sqrt(u + eps) / np.sqrt(s + eps) * g
    u = rho * u + (1 - rho) * change**2
    return w - lr * change, s, u


def adam(
    w: np.ndarray,
    g: np.ndarray,
    m: np.ndarray,
    v: np.ndarray,
    t: int,
    lr: float = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> Arrays:
    """Return `(w, m, v, t)` after a step of Adam.

    `m` and `v` are moving averages of g and g², without correction, and `t` counts the steps made.
    Source: Kingma, Ba, Adam: A Method for Stochastic Optimization, arXiv:1412.6980.
    """
    w, g, m, v = _like(w, g=g, m=m, v=v)
    lr, beta1, beta2, eps = _settings(lr=lr, beta1=beta1, beta2=beta2, eps=eps)
    if t != int(t) or t < 0:
        raise ValueError(f"t must be the number of steps made, 0, 1, 2, …, got {t}")
    t = int(t) + 1
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v, t


def adamw(
    w: np.ndarray,
    g: np.ndarray,
    m: np.ndarray,
    v: np.ndarray,
    t: int,
    lr: float = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    decay: float = 0.01,
) -> Arrays:
    """Return `(w, m, v, t)` after a step of AdamW: Adam, and a weight decay apart from it.

    Source: Loshchilov, Hutter, Decoupled Weight Decay Regularization, arXiv:1711.05101.
    """
    (w,) = _like(w)
    lr, decay = _settings(lr=lr, decay=decay)
    return adam((1 - lr * decay) * w, g, m, v, t, lr, beta1, beta2, eps)


def optimize(
    rule: Callable,
    gradient: Callable[[np.ndarray, int], np.ndarray],
    w: np.ndarray,
    steps: int,
    lr: float | Callable[[int], float],
    **settings: float,
) -> np.ndarray:
    """Return the path of `w` under a rule, an array of shape (steps + 1, *w.shape).

    `gradient(w, t)` is the gradient of step t = 0, 1, …; the learning rate may be a function of t,
    too. `settings` go to the rule.
    """
    state = [0] * (list(inspect.signature(rule).parameters).index("lr") - 2)  # between g and lr
    path = [floats(w, "w")]
    for t in range(steps):
        rate = lr(t) if callable(lr) else lr
        w, *state = rule(path[-1], gradient(path[-1], t), *state, lr=rate, **settings)
        path.append(w)
    return np.array(path)


def warmup(lr: float, t: int, steps: int) -> np.ndarray:
    """Return the learning rate of step t = 0, 1, …: it grows evenly up to `lr` in `steps` steps.

    Step 0 has `lr / steps`. `t` may be an array. `steps` is at least 1; else ValueError.
    Source: Goyal et al., Accurate, Large Minibatch SGD, arXiv:1706.02677, section 2.2.
    """
    (lr,) = _settings(lr=lr)
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    return lr * np.minimum(1.0, (np.asarray(t) + 1) / steps)


def flatten(parameters: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Return all entries of a list of pairs (W, b), of parameters or gradients, as one vector."""
    return np.concatenate([array.ravel() for pair in parameters for array in pair])


def unflatten(
    vector: np.ndarray, like: list[tuple[np.ndarray, np.ndarray]]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the entries of a vector as pairs (W, b) of the shapes in `like`; see `flatten`."""
    arrays = [array for pair in like for array in pair]
    *ends, size = np.cumsum([array.size for array in arrays])
    if np.shape(vector) != (size,):
        raise ValueError(f"vector must have shape ({size},), got {np.shape(vector)}")
    parts = [p.reshape(a.shape) for p, a in zip(np.split(vector, ends), arrays, strict=True)]
    return list(zip(parts[::2], parts[1::2], strict=True))


# The tasks of exercises/optimizers.md.


def accumulate(gradients: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return the gradient of the mean loss over the whole batch, in the shape of one gradient.

    `gradients` (k, …) holds the gradients of the mean losses of k parts of the batch, `sizes` (k,)
    the number of samples in each part, at least 1; else ValueError.
    """
    gradients, sizes = floats(gradients, "gradients"), floats(sizes, "sizes")
    if gradients.ndim == 0 or sizes.shape != gradients.shape[:1] or len(sizes) == 0:
        raise ValueError(f"sizes must have shape {gradients.shape[:1]}, got {sizes.shape}")
    if not (sizes >= 1).all():
        raise ValueError(f"sizes must be at least 1, got {sizes.min()}")
    weights = (sizes / sizes.sum()).astype(gradients.dtype)
    return np.tensordot(weights, gradients, axes=1)


def plateau_rates(
    losses: np.ndarray, lr: float, factor: float = 0.1, patience: int = 10
) -> np.ndarray:
    """Return the learning rate after each epoch, float64 of shape (n,).

    `losses` (n,) are those of the epochs in turn. `lr` is positive, `factor` lies in (0, 1) and
    `patience` is a whole number, at least 0; else ValueError.
    """
    losses = floats(losses, "losses")
    (lr,) = _settings(lr=lr)
    if losses.ndim != 1:
        raise ValueError(f"losses must have shape (n,), got {losses.shape}")
    if not 0 < factor < 1:
        raise ValueError(f"factor must lie in (0, 1), got {factor}")
    if patience != int(patience) or patience < 0:
        raise ValueError(f"patience must be a whole number, at least 0, got {patience}")
    best, waited, rates = np.inf, 0, []
    for loss in losses:
        best, waited = (loss, 0) if loss < best else (best, waited + 1)
        if waited > patience:
            lr, waited = lr * factor, 0
        rates.append(lr)
    return np.array(rates, dtype=np.float64)


def resume_momentum(
    w: np.ndarray,
    w_before: np.ndarray,
    g: np.ndarray,
    lr: float,
    lr_before: float,
    beta: float = 0.9,
) -> np.ndarray:
    """Return the parameters after the next step with momentum, in the shape of `w`.

    `w` and `w_before` are the parameters after and before the last step, which had the learning
    rate `lr_before`; `g` is the gradient at `w`, and `lr` the learning rate of the next step.
    """
    w, w_before, g = _like(w, w_before=w_before, g=g)
    (lr_before,) = _settings(lr=lr_before)
    w, _ = momentum(w, g, (w_before - w) / lr_before, lr, beta)
    return w


def nesterov_path(
    gradient: Callable[[np.ndarray], np.ndarray],
    w: np.ndarray,
    steps: int,
    lr: float,
    beta: float = 0.9,
) -> np.ndarray:
    """Return the points of the walk, an array of shape (steps + 1, d) that begins with `w` (d,).

    `gradient(x)` returns the gradient of the loss at any point `x` (d,).
    Source: Sutskever et al., On the importance of initialization and momentum, ICML 2013.
    """
    (w,) = _like(w)
    lr, beta = _settings(lr=lr, beta=beta)
    path, velocity = [w], np.zeros_like(w)
    for _ in range(steps):
        velocity = beta * velocity - lr * gradient(path[-1] + beta * velocity)
        path.append(path[-1] + velocity)
    return np.array(path)


def track(
    targets: np.ndarray, w: np.ndarray, lr: float, rho: float = 0.9, eps: float = 1e-8
) -> np.ndarray:
    """Return the parameters after each step, an array of the shape of `targets`, (steps, d).

    Row t of `targets` is the target of step t, and `w` (d,) holds the parameters before step 0.
    """
    targets, (w,) = floats(targets, "targets"), _like(w)
    if targets.ndim != 2 or targets.shape[1:] != w.shape:
        raise ValueError(f"targets must have shape (steps, {w.size}), got {targets.shape}")
    targets = targets.astype(w.dtype)
    return optimize(rmsprop, lambda w, t: w - targets[t], w, len(targets), lr, rho=rho, eps=eps)[1:]


def average_steps(g: np.ndarray, betas: np.ndarray) -> tuple[np.ndarray, np.floating, np.ndarray]:
    """Return gap 1, gap 2 and gap 3 of the derivation: shape (t,), a number, and shape (d,).

    `g` (t, d) holds the gradients of the steps 1 … t, one a row, and `betas` (t,) their factors, in
    (0, 1); else ValueError.
    """
    g, betas = floats(g, "g"), floats(betas, "betas")
    if g.ndim != 2 or betas.shape != g.shape[:1]:
        raise ValueError(f"betas must have shape {g.shape[:1]}, one a row of g, got {betas.shape}")
    if not ((betas > 0) & (betas < 1)).all():
        raise ValueError("betas must lie in (0, 1)")
    betas = betas.astype(g.dtype)
    weights = np.array([(1 - b) * np.prod(betas[k:]) for k, b in enumerate(betas, 1)], g.dtype)
    total = 1 - np.prod(betas)
    return weights, total, weights @ g / total


def sparse_adagrad(
    table: np.ndarray,
    s: np.ndarray,
    rows: np.ndarray,
    g: np.ndarray,
    lr: float,
    eps: float = 1e-10,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the table and the sums of squares after a step of AdaGrad, two arrays of shape (V, d).

    `table` (V, d) and `s` (V, d) are those before the step; `rows` (k,) are integers in 0 … V-1,
    possibly with repetitions, and `g` (k, d) holds a gradient for each of them; else ValueError.
    """
    table, s = _like(table, s=s)
    rows, g = np.asarray(rows), floats(g, "g")
    if g.shape != (len(rows), table.shape[1]):
        raise ValueError(f"g must have shape {(len(rows), table.shape[1])}, got {g.shape}")
    outside = (rows < 0) | (rows >= len(table))
    if outside.any():
        raise ValueError(f"rows must lie in 0 … {len(table) - 1}, got {rows[outside][0]}")
    dense = np.zeros_like(table)
    np.add.at(dense, rows, g.astype(table.dtype))
    return adagrad(table, dense, np.broadcast_to(s, table.shape), lr, eps)


def adamax(
    w: np.ndarray,
    g: np.ndarray,
    m: np.ndarray,
    u: np.ndarray,
    t: int,
    decayed: np.ndarray,
    lr: float = 0.002,
    beta1: float = 0.9,
    beta2: float = 0.999,
    decay: float = 0.01,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return `(w, m, u)` after step `t` = 1, 2, …, three arrays of shape (d,).

    `w`, `g`, `m` and `u`, of shape (d,), are those before the step; `decayed` (d,) is True for each
    entry that is a weight and False for each that is a bias.
    Source: Kingma, Ba, Adam: A Method for Stochastic Optimization, arXiv:1412.6980, section 7.1.
    """
    w, g, m, u = _like(w, g=g, m=m, u=u)
    lr, beta1, beta2, decay = _settings(lr=lr, beta1=beta1, beta2=beta2, decay=decay)
    if t < 1:
        raise ValueError(f"t must be the number of this step, 1, 2, …, got {t}")
    decayed = np.asarray(decayed)
    if decayed.shape != w.shape or decayed.dtype.kind != "b":
        raise ValueError(f"decayed must be an array of bools of shape {w.shape}, got {decayed}")
    m = beta1 * m + (1 - beta1) * g
    u = np.maximum(beta2 * u, np.abs(g))
    step = np.divide(m / (1 - beta1**t), u, where=u > 0, out=np.zeros_like(w))
    return w - lr * (step + decay * w * decayed), m, u
