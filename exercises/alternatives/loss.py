"""Right answers to the tasks of exercises/loss.md, written another way than in solutions/loss.py.

A class for each task, a function for each answer, with the parameters of the task. The tests paste
a function's source into a notebook, so it uses nothing but `np`, its parameters and its own names.
"""

# ruff: noqa: ANN001, ANN201, N805
import numpy as np


class huber:
    def loop(y_hat, y, delta=1.0):
        """Element by element, in plain Python."""
        total = 0.0
        for a, b in zip(y_hat.ravel(), y.ravel(), strict=True):
            r = abs(float(a) - float(b))
            total += r * r / 2 if r <= delta else delta * (r - delta / 2)
        return total / y_hat.size

    def one_formula(y_hat, y, delta=1.0):
        """The part of the error up to delta counts by its square, the rest by its size."""
        r = np.abs(y_hat - y)
        inner = np.minimum(r, delta)
        return np.mean(inner * (r - inner / 2))

    def masks(y_hat, y, delta=1.0):
        """Boolean masks in place of a choice."""
        r = (y_hat - y).ravel()
        small = r[np.abs(r) <= delta]
        large = np.abs(r[np.abs(r) > delta])
        return (small @ small / 2 + delta * np.sum(large - delta / 2)) / r.size


class huber_gradient:
    def where(y_hat, y, delta=1.0):
        """The two lines, each differentiated."""
        r = y_hat - y
        return np.where(np.abs(r) <= delta, r, delta * np.sign(r)) / r.size

    def rescaled(y_hat, y, delta=1.0):
        """Errors beyond delta are shortened to delta."""
        r = y_hat - y
        return r / np.maximum(1, np.abs(r) / delta) / r.size

    def loop(y_hat, y, delta=1.0):
        """Element by element, in plain Python."""
        slopes = np.zeros_like(y_hat)
        for i in np.ndindex(y_hat.shape):
            r = y_hat[i] - y[i]
            slopes[i] = max(-delta, min(delta, r)) / y_hat.size
        return slopes


class column_mse_gradient:
    def flat_then_column(y_hat, y):
        """Subtract flat arrays and make a column of the result."""
        return (2 / len(y) * (y_hat[:, 0] - y))[:, None]

    def loop(y_hat, y):
        """Sample by sample."""
        slopes = np.zeros_like(y_hat)
        for i in range(len(y)):
            slopes[i, 0] = 2 * (y_hat[i, 0] - y[i]) / len(y)
        return slopes

    def transposed(y_hat, y):
        """Broadcast a row against the flat targets, then transpose."""
        return (y_hat.T - y).T * 2 / y_hat.size

    def diagonal(y_hat, y):
        """The pairs that belong together stand on the diagonal of the (n, n) array."""
        return np.diag(y_hat - y).reshape(-1, 1) * 2 / len(y)


class smooth_labels:
    def filled(labels, classes, epsilon=0.1):
        """Start from the equal share, then add to the right class."""
        targets = np.full((len(labels), classes), epsilon / classes)
        targets[np.arange(len(labels)), labels] += 1 - epsilon
        return targets

    def compared(labels, classes, epsilon=0.1):
        """Compare a column of labels with a row of class numbers."""
        right = labels[:, None] == np.arange(classes)
        return np.where(right, 1 - epsilon + epsilon / classes, epsilon / classes)

    def lists(labels, classes, epsilon=0.1):
        """Row by row, in plain Python."""
        share = epsilon / classes
        rows = [[share + (1 - epsilon) * (k == label) for k in range(classes)] for label in labels]
        return np.array(rows)


class bce_with_logits:
    def two_logs(z, y):
        """-log p and -log(1 - p), each from the logit."""
        return np.mean(y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z))

    def softplus(z, y):
        """log(1 + exp(z)) - z y."""
        return np.mean(np.logaddexp(0, z) - z * y)

    def loop(z, y):
        """Element by element, one form for each sign of z."""
        total = 0.0
        for logit, target in zip(z.ravel().tolist(), y.ravel().tolist(), strict=True):
            if logit >= 0:
                total += np.log1p(np.exp(-logit)) + logit * (1 - target)
            else:
                total += np.log1p(np.exp(logit)) - logit * target
        return float(total / z.size)


class vote_loss_steps:
    def loop(z, y, temperature=1.0):
        """Sample by sample."""
        gap_1, gap_2 = np.zeros_like(z), np.zeros_like(z)
        for i in range(len(z)):
            u = z[i] / temperature
            e = np.exp(u - np.max(u))
            gap_1[i] = e / np.sum(e)
            gap_2[i] = np.sum(y[i]) * gap_1[i] - y[i]
        return gap_1, gap_2, gap_2 / len(z) / temperature

    def matrix(z, y, temperature=1.0):
        """Gap 2 from the partial derivatives of log p, as a sum over the classes."""
        u = z / temperature
        u = u - u.max(axis=1, keepdims=True)
        gap_1 = np.exp(u - np.log(np.exp(u).sum(axis=1, keepdims=True)))
        slopes = np.eye(z.shape[1], dtype=z.dtype) - gap_1[:, None, :]
        gap_2 = -np.einsum("ic,ick->ik", y, slopes)
        return [gap_1, gap_2, gap_2 / (temperature * z.shape[0])]


class softmax_vjp:
    def einsum(p, dp):
        """The sum of each row by einsum."""
        weighted = p * dp
        return weighted - np.einsum("i,ik->ik", np.einsum("ic->i", weighted), p)

    def loop(p, dp):
        """Sample by sample, with a dot product."""
        return np.stack([row * (slope - row @ slope) for row, slope in zip(p, dp, strict=True)])

    def matmul(p, dp):
        """The sums of the rows as a batch of products of a row and a column."""
        total = (p[:, None, :] @ dp[:, :, None])[:, :, 0]
        return p * dp - p * total


class focal_loss_gradient:
    def by_class(z, y, gamma=2.0):
        """One formula for y = 1, its mirror image for y = 0."""
        p = np.where(z >= 0, 1, np.exp(-np.abs(z))) / (1 + np.exp(-np.abs(z)))
        log_p = np.minimum(z, 0) - np.log1p(np.exp(-np.abs(z)))
        log_not_p = log_p - z
        one = (1 - p) ** gamma * (gamma * p * log_p - (1 - p))
        zero = -(p**gamma) * (gamma * (1 - p) * log_not_p - p)
        return np.where(y == 1, one, zero) / z.size

    def loop(z, y, gamma=2.0):
        """Element by element, with logarithms of both probabilities."""
        slopes = np.zeros_like(z)
        for i in np.ndindex(z.shape):
            sign = 1.0 if y[i] == 1 else -1.0
            u = sign * float(z[i])
            log_q, log_rest = -np.logaddexp(0.0, -u), -np.logaddexp(0.0, u)
            slope = gamma * np.exp(gamma * log_rest + log_q) * log_q
            slopes[i] = sign * (slope - np.exp((gamma + 1) * log_rest)) / z.size
        return slopes
