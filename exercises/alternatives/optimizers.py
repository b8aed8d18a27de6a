"""Right answers to the tasks of exercises/optimizers.md, written another way than the reference.

A class for each task, a function for each answer, with the parameters of the task. The tests paste
a function's source into a notebook, so it uses nothing but `np`, its parameters and its own names.
"""

# ruff: noqa: ANN001, ANN201, N805
import numpy as np


class accumulate:
    def loop(gradients, sizes):
        """Add the sums over the samples up, then divide once."""
        total = np.zeros_like(gradients[0])
        for g, n in zip(gradients, sizes, strict=True):
            total += int(n) * g
        return total / int(sizes.sum())

    def repeated(gradients, sizes):
        """As if each sample had the mean gradient of its part."""
        return np.mean(np.repeat(gradients, sizes, axis=0), axis=0)

    def einsum(gradients, sizes):
        """The sum over the parts by einsum."""
        return np.einsum("k...,k->...", gradients, sizes.astype(gradients.dtype)) / float(
            sizes.sum()
        )


class plateau_rates:
    def exponents(losses, lr, factor=0.1, patience=10):
        """Count the cuts, and compute the rates at the end."""
        cuts, since = np.zeros(len(losses)), 0
        for k in range(1, len(losses)):
            cuts[k] = cuts[k - 1]
            since = 0 if losses[k] < np.min(losses[:k]) else since + 1
            if since > patience:
                cuts[k], since = cuts[k] + 1, 0
        return lr * factor**cuts

    def where_it_was_cut(losses, lr, factor=0.1, patience=10):
        """New minima first, then the distance to the last minimum or cut."""
        better = losses < np.concatenate([[np.inf], np.minimum.accumulate(losses)[:-1]])
        rates, last = np.full(len(losses), float(lr)), 0
        for k, new in enumerate(better.tolist()):
            if new:
                last = k
            elif k - last > patience:
                rates[k:] *= factor
                last = k
        return rates


class resume_momentum:
    def heavy_ball(w, w_before, g, lr, lr_before, beta=0.9):
        """The ball keeps a part of its last step."""
        return w + beta * lr / lr_before * (w - w_before) - lr * g

    def loop(w, w_before, g, lr, lr_before, beta=0.9):
        """Entry by entry."""
        new = np.zeros_like(w)
        for i in np.ndindex(w.shape):
            v = (w_before[i] - w[i]) / lr_before
            new[i] = w[i] - lr * (beta * v + g[i])
        return new

    def in_place_on_a_copy(w, w_before, g, lr, lr_before, beta=0.9):
        """A copy may be changed."""
        v = w_before - w
        v /= lr_before
        v *= beta
        v += g
        new = w.copy()
        new -= lr * v
        return new


class nesterov_path:
    def velocity_without_the_rate(gradient, w, steps, lr, beta=0.9):
        """The velocity of the chapter, v = -u / lr."""
        path, v = np.zeros((steps + 1, len(w)), w.dtype), np.zeros_like(w)
        path[0] = w
        for t in range(steps):
            v = beta * v + gradient(path[t] - lr * beta * v)
            path[t + 1] = path[t] - lr * v
        return path

    def from_the_points_ahead(gradient, w, steps, lr, beta=0.9):
        """PyTorch's walk, and back from the points looked ahead to."""
        path, x, v = [w.copy()], w, np.zeros_like(w)
        for _ in range(steps):
            g = gradient(x)
            v = beta * v + g
            x = x - lr * (g + beta * v)
            path.append(x + lr * beta * v)
        return np.stack(path)

    def two_points(gradient, w, steps, lr, beta=0.9):
        """No velocity: the difference of the last two points."""
        path = [w, w]
        for _ in range(steps):
            ahead = path[-1] + beta * (path[-1] - path[-2])
            path.append(ahead - lr * gradient(ahead))
        return np.array(path[1:])


class track:
    def mended(targets, w, lr, rho=0.9, eps=1e-8):
        """The colleague's code with its three mistakes mended."""
        s, path = np.zeros_like(w), []
        for c in targets:
            g = w - c
            s = rho * s + (1 - rho) * g**2
            w = w - lr * g / (np.sqrt(s) + eps)
            path.append(w)
        return np.array(path)

    def in_place_on_copies(targets, w, lr, rho=0.9, eps=1e-8):
        """In place, but on a copy, and with a copy in each row."""
        w, s = w.copy(), np.zeros_like(w)
        path = np.zeros((len(targets), len(w)), w.dtype)
        for t in range(len(targets)):
            g = w - targets[t]
            s *= rho
            s += (1 - rho) * g * g
            w -= lr * g / (np.sqrt(s) + eps)
            path[t] = w
        return path

    def whole_sum(targets, w, lr, rho=0.9, eps=1e-8):
        """The average as a weighted sum of all squares, anew in each step."""
        squares, path = [], [w]
        for c in targets:
            g = path[-1] - c
            squares = [rho * square for square in squares] + [(1 - rho) * g**2]
            path.append(path[-1] - lr * g / (np.sqrt(np.sum(squares, axis=0)) + eps))
        return np.array(path[1:])


class average_steps:
    def loop(g, betas):
        """Run the average on the rows of a unit matrix, then on the gradients."""
        weights, average = np.zeros_like(betas), np.zeros_like(g[0])
        for k in range(len(g)):
            weights = betas[k] * weights
            weights[k] = 1 - betas[k]
            average = betas[k] * average + (1 - betas[k]) * g[k]
        total = weights.sum()
        return weights, total, average / total

    def differences(g, betas):
        """Each weight is the difference of two products."""
        after = np.cumprod(np.concatenate([betas, np.ones_like(betas[:1])])[::-1])[::-1]
        weights = after[1:] - after[:-1]
        return [weights, 1 - after[0], (weights[:, None] * g).sum(axis=0) / (1 - after[0])]


class sparse_adagrad:
    def unique(table, s, rows, g, lr, eps=1e-10):
        """Compute with the rows that were looked up, each of them once."""
        table, s = table.copy(), s.copy()
        seen, place = np.unique(rows, return_inverse=True)
        total = np.zeros((len(seen), table.shape[1]), table.dtype)
        np.add.at(total, place, g)
        s[seen] += total**2
        table[seen] -= lr * total / (np.sqrt(s[seen]) + eps)
        return table, s

    def dictionary(table, s, rows, g, lr, eps=1e-10):
        """Sum the gradients in a dictionary."""
        table, s, total = table.copy(), s.copy(), {}
        for row, slope in zip(rows.tolist(), g, strict=True):
            total[row] = total.get(row, 0) + slope
        for row, slope in total.items():
            s[row] = s[row] + slope**2
            table[row] = table[row] - lr * slope / (np.sqrt(s[row]) + eps)
        return table, s

    def one_hot(table, s, rows, g, lr, eps=1e-10):
        """The sum over the look-ups as a product with a one-hot matrix."""
        total = (np.arange(len(table))[:, None] == rows).astype(table.dtype) @ g
        s = s + total**2
        return table - lr * total / (np.sqrt(s) + eps), s


class adamax:
    def where(w, g, m, u, t, decayed, lr=0.002, beta1=0.9, beta2=0.999, decay=0.01):
        """Choose a harmless divisor where there is nothing to divide."""
        m = beta1 * m + (1 - beta1) * g
        u = np.maximum(beta2 * u, np.abs(g))
        step = lr / (1 - beta1**t) * m / np.where(u > 0, u, 1)
        kept = np.where(decayed, 1 - lr * decay, 1).astype(w.dtype)
        return kept * w - step, m, u

    def masks(w, g, m, u, t, decayed, lr=0.002, beta1=0.9, beta2=0.999, decay=0.01):
        """With masks, on copies."""
        m = beta1 * m + (1 - beta1) * g
        u = np.where(beta2 * u > np.abs(g), beta2 * u, np.abs(g))
        new, moving = w.copy(), u > 0
        new[decayed] -= lr * decay * w[decayed]
        new[moving] -= lr * (m[moving] / (1 - beta1**t)) / u[moving]
        return new, m, u

    def loop(w, g, m, u, t, decayed, lr=0.002, beta1=0.9, beta2=0.999, decay=0.01):
        """Entry by entry."""
        w, m, u = w.copy(), m.copy(), u.copy()
        for i in range(len(w)):
            m[i] = beta1 * m[i] + (1 - beta1) * g[i]
            u[i] = max(beta2 * u[i], abs(g[i]))
            loss = lr * decay * w[i] if decayed[i] else 0.0
            step = lr * m[i] / (1 - beta1**t) / u[i] if u[i] > 0 else 0.0
            w[i] = w[i] - loss - step
        return w, m, u
