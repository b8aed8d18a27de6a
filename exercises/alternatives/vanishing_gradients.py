"""Right answers to the tasks of exercises/vanishing_gradients.md, written another way.

A class for each task, a function for each answer, with the parameters of the task. The tests paste
a function's source into a notebook, so it uses nothing but `np`, its parameters and its own names.
"""

# ruff: noqa: ANN001, ANN201, N805
import numpy as np


class leaky_he_std:
    def by_halves(d_in, slope=0.01):
        """Half of the mean square passes, and slope² of the other half."""
        kept = 0.5 * 1 + 0.5 * slope**2
        return 1 / np.sqrt(d_in * kept)

    def corrected(d_in, slope=0.01):
        """He's rule, corrected by the length of the vector (1, slope)."""
        return (2 / d_in) ** 0.5 / np.hypot(1, slope)


class dead_units:
    def none_positive(z):
        """No entry of the column is positive."""
        return ~np.any(z > 0, axis=0)

    def largest(z):
        """The largest entry of the column is not positive."""
        return z.max(axis=0) <= 0

    def activations(z):
        """The activations of the column add up to nothing."""
        return np.sum(np.maximum(z, 0), axis=0) == 0

    def loop(z):
        """Unit by unit, in plain Python."""
        return np.array([not any(value > 0 for value in column) for column in z.T])


class clip_by_norm:
    def one_vector(gradients, max_norm):
        """Make one vector of all arrays and take its norm."""
        norm = np.linalg.norm(np.concatenate([g.ravel().astype(np.float64) for g in gradients]))
        if norm <= max_norm:
            return [np.array(g) for g in gradients]
        return [(g * (max_norm / norm)).astype(g.dtype) for g in gradients]

    def norms_of_norms(gradients, max_norm):
        """The norm of the norms of the arrays."""
        norm = np.linalg.norm([np.linalg.norm(g.astype(float)) for g in gradients])
        return [(g / max(1.0, norm / max_norm)).astype(g.dtype) for g in gradients]

    def loop(gradients, max_norm):
        """Entry by entry, in plain Python."""
        squares = 0.0
        for g in gradients:
            for value in g.ravel():
                squares += float(value) ** 2
        factor = 1.0
        if squares > max_norm**2:
            factor = max_norm / squares**0.5
        return [g * g.dtype.type(factor) for g in gradients]


class running_statistics:
    def moved(z, mean, var, momentum=0.1):
        """Move each old value towards that of the batch."""
        batch = z.var(axis=0) * (len(z) / (len(z) - 1))
        return mean + momentum * (z.mean(axis=0) - mean), var + momentum * (batch - var)

    def by_hand(z, mean, var, momentum=0.1):
        """Sums in place of the functions of NumPy."""
        n = len(z)
        centre = np.sum(z, axis=0) / n
        spread = np.sum((z - centre) ** 2, axis=0) / (n - 1)
        old = 1 - momentum
        return old * mean + momentum * centre, old * var + momentum * spread

    def loop(z, mean, var, momentum=0.1):
        """Unit by unit."""
        new_mean, new_var = np.empty_like(mean), np.empty_like(var)
        for j in range(z.shape[1]):
            new_mean[j] = (1 - momentum) * mean[j] + momentum * np.mean(z[:, j])
            new_var[j] = (1 - momentum) * var[j] + momentum * np.var(z[:, j], ddof=1)
        return new_mean, new_var


class delta_norms:
    def by_index(delta, weights, slopes):
        """A list of deltas, filled from its end."""
        deltas = [None] * len(weights) + [delta]
        for layer in range(len(weights) - 1, -1, -1):
            deltas[layer] = slopes[layer] * (deltas[layer + 1] @ weights[layer].T)
        return np.array([np.linalg.norm(d) for d in deltas])

    def columns(delta, weights, slopes):
        """With a column for each sample: W @ delta."""
        delta = delta.T
        norms = [np.sqrt(np.sum(delta**2))]
        for W, slope in zip(reversed(weights), reversed(slopes), strict=True):
            delta = slope.T * (W @ delta)
            norms.insert(0, np.sqrt(np.sum(delta**2)))
        return np.array(norms)

    def sample_by_sample(delta, weights, slopes):
        """Each sample by a product of matrices W and diag(f')."""
        squares = np.zeros(len(weights) + 1, dtype=delta.dtype)
        for i in range(len(delta)):
            row = delta[i]
            squares[-1] += row @ row
            for layer in reversed(range(len(weights))):
                row = row @ (np.diag(slopes[layer][i]) @ weights[layer]).T
                squares[layer] += row @ row
        return np.sqrt(squares)


class fold_batch_norm:
    def probing(W, b, gamma, beta, mean, var, eps=1e-5):
        """The output for a zero input is b_new; W_new is the scaled W."""
        root = np.sqrt(var + eps)
        return W / root * gamma, gamma * (b - mean) / root + beta

    def diagonal(W, b, gamma, beta, mean, var, eps=1e-5):
        """The scale as a diagonal matrix."""
        scale = np.diag(gamma / np.sqrt(var + eps))
        return W @ scale, (b - mean) @ scale + beta

    def loop(W, b, gamma, beta, mean, var, eps=1e-5):
        """Unit by unit."""
        W_new, b_new = np.empty_like(W), np.empty_like(b)
        for j in range(W.shape[1]):
            root = (var[j] + eps) ** 0.5
            W_new[:, j] = gamma[j] * W[:, j] / root
            b_new[j] = gamma[j] * (b[j] - mean[j]) / root + beta[j]
        return W_new, b_new


class highway_steps:
    def step_by_step(dy, x, W_h, b_h, W_t, b_t):
        """With a name for each gradient on the way."""
        h = np.tanh(x @ W_h + b_h)
        t = 1 / (1 + np.exp(-(x @ W_t + b_t)))
        dh, dt, dx = dy * t, dy * h - dy * x, dy - dy * t
        dz_h = dh - dh * h * h
        dz_t = dt * (t - t**2)
        dx = dx + dz_h @ W_h.T
        dx = dx + dz_t @ W_t.T
        return dz_h, dz_t, dx

    def einsum(dy, x, W_h, b_h, W_t, b_t):
        """Sums over the units, spelled out."""
        h = np.tanh(x @ W_h + b_h)
        t = 0.5 * (1 + np.tanh(0.5 * (x @ W_t + b_t)))
        dz_h = dy * t / np.cosh(x @ W_h + b_h) ** 2
        dz_t = dy * (h - x) * t * (1 - t)
        ways = np.einsum("nk,jk->nj", dz_h, W_h) + np.einsum("nk,jk->nj", dz_t, W_t)
        return dz_h, dz_t, ways + dy * (1 - t)

    def stacked(dy, x, W_h, b_h, W_t, b_t):
        """Both matrices of weights side by side."""
        d = x.shape[1]
        W = np.hstack([W_h, W_t])
        z = x @ W + np.concatenate([b_h, b_t])
        h, t = np.tanh(z[:, :d]), 1 / (1 + np.exp(-z[:, d:]))
        dz = np.hstack([dy * t * (1 - h * h), dy * (h - x) * t * (1 - t)])
        return dz[:, :d], dz[:, d:], dy * (1 - t) + dz @ W.T


class layer_norm_gradient:
    def loop(dy, z, gamma, eps=1e-5):
        """Sample by sample, with the whole Jacobian."""
        dz = np.zeros_like(z)
        dgamma, dbeta = np.zeros_like(gamma), np.zeros_like(gamma)
        d = z.shape[1]
        for i in range(len(z)):
            s = np.sqrt(np.mean((z[i] - np.mean(z[i])) ** 2) + eps)
            z_hat = (z[i] - np.mean(z[i])) / s
            jacobian = (np.eye(d) - 1 / d - np.outer(z_hat, z_hat) / d) / s
            dz[i] = (gamma * dy[i]) @ jacobian
            dgamma += dy[i] * z_hat
            dbeta += dy[i]
        return dz, dgamma, dbeta

    def three_ways(dy, z, gamma, eps=1e-5):
        """Through the numerator, through s and through the mean."""
        d = z.shape[1]
        centred = z - z.sum(axis=1, keepdims=True) / d
        s = np.sqrt((centred**2).sum(axis=1, keepdims=True) / d + eps)
        dz_hat = dy * gamma
        ds = -(dz_hat * centred).sum(axis=1, keepdims=True) / s**2
        dcentred = dz_hat / s + ds * centred / (d * s)
        dz = dcentred - dcentred.mean(axis=1, keepdims=True)
        return dz, np.einsum("nk,nk->k", dy, centred / s), dy.sum(axis=0)

    def transposed(dy, z, gamma, eps=1e-5):
        """With a column for each sample."""
        s = np.sqrt(z.T.var(axis=0) + eps)
        z_hat = (z.T - z.T.mean(axis=0)) / s
        g = gamma[:, None] * dy.T
        dz = (g - g.mean(axis=0) - z_hat * (g * z_hat).mean(axis=0)) / s
        return dz.T, (dy.T * z_hat).sum(axis=1), dy.sum(axis=0)
