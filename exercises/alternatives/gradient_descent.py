"""Right answers to the tasks of exercises/gradient_descent.md, written another way.

A class for each task, a function for each answer, with the parameters of the task. The tests paste
a function's source into a notebook, so it uses nothing but `np`, its parameters and its own names.
"""

# ruff: noqa: ANN001, ANN201, N805
import numpy as np


class descend_until:
    def while_loop(gradient, w, lr, tolerance, most):
        """A condition for going on in place of one for stopping."""
        steps, g = 0, gradient(w)
        while steps < most and np.sqrt(np.sum(g**2)) > tolerance:
            w = w - lr * g
            steps, g = steps + 1, gradient(w)
        return w, steps

    def from_the_change(gradient, w, lr, tolerance, most):
        """Squares of the norm on both sides."""
        for t in range(most + 1):
            g = gradient(w)
            if t == most or (g.ravel() @ g.ravel()) <= tolerance**2:
                return w, t
            w = w + (-lr) * g


class largest_rate:
    def singular_values(X):
        """n over the square of the largest singular value."""
        X1 = np.insert(X, 0, 1, axis=1)
        return len(X) / np.linalg.svd(X1, compute_uv=False)[0] ** 2

    def samples_by_samples(X):
        """The products of the rows have the same largest eigenvalue as those of the columns."""
        return len(X) / np.max(np.linalg.eigvalsh(X @ X.T + 1))

    def spectral_norm(X):
        """The 2-norm of a matrix is its largest singular value."""
        n = len(X)
        X1 = np.c_[X, np.ones(n, X.dtype)]
        return 1 / (np.linalg.norm(X1, 2) ** 2 / n)


class fit_slope:
    def loop(x, y, lr, steps):
        """Point by point, in plain Python."""
        w = 0.0
        for _ in range(steps):
            total = 0.0
            for a, b in zip(x.tolist(), y.tolist(), strict=True):
                total += 2 * a * (a * w - b)
            w -= lr * total / len(x)
        return w

    def two_numbers(x, y, lr, steps):
        """The gradient is 2 (a w - c), with two means that need computing only once."""
        a, c = np.mean(x * x), np.mean(x * y)
        w = a - a
        for _ in range(steps):
            w = w - 2 * lr * (a * w - c)
        return w

    def column(x, y, lr, steps):
        """The formula of the chapter, with a column as X."""
        X, w = x.reshape(-1, 1), np.zeros(1, x.dtype)
        for _ in range(steps):
            w = w - lr * (2 / len(x)) * X.T @ (X @ w - y)
        return w[0]


class warmup_cosine:
    def loop(steps, warmup, high, low):
        """Step by step, in plain Python."""
        rates = []
        for t in range(1, steps + 1):
            if t <= warmup:
                rates.append(high * t / warmup)
            else:
                turn = np.pi * (t - warmup) / (steps - warmup)
                rates.append(0.5 * (high + low) + 0.5 * (high - low) * np.cos(turn))
        return np.array(rates, dtype=float)

    def masks(steps, warmup, high, low):
        """Two masks, and the square of the cosine of half the angle."""
        t = np.arange(1, steps + 1)
        rates = np.empty(steps)
        early = t <= warmup
        rates[early] = high / max(warmup, 1) * t[early]
        angle = np.pi / 2 * (t[~early] - warmup) / max(steps - warmup, 1)
        rates[~early] = low + (high - low) * np.cos(angle) ** 2
        return rates


class averaged_sgd:
    def list_of_points(gradient, w, X, y, lr, order):
        """Keep all the points, then take their mean."""
        points = [w]
        for batch in order:
            points.append(points[-1] - lr * gradient(points[-1], X[batch], y[batch]))
        return np.mean(points[1:], axis=0)

    def running_mean(gradient, w, X, y, lr, order):
        """A mean that is updated with each point."""
        mean = np.zeros_like(w)
        for t, batch in enumerate(order, 1):
            w = w - lr * gradient(w, X[batch], y[batch])
            mean = mean + (w - mean) / t
        return mean

    def sum_of_steps(gradient, w, X, y, lr, order):
        """The step t is in all points from t on."""
        now, moved = w.copy(), np.zeros_like(w)
        for t, batch in enumerate(order):
            change = -lr * gradient(now, X[batch], y[batch])
            now = now + change
            moved = moved + (len(order) - t) / len(order) * change
        return w + moved


class logistic_regression:
    def column_of_ones(X, y, lr, steps):
        """The bias as the weight of a column of ones; the sigmoid by tanh."""
        X1 = np.insert(X, 0, 1, axis=1)
        w = np.zeros_like(X1[0])
        for _ in range(steps):
            w = w - lr / len(y) * ((np.tanh(X1 @ w / 2) + 1) / 2 - y) @ X1
        return w[1:], w[0]

    def by_sign(X, y, lr, steps):
        """The sigmoid from the exponential that cannot overflow."""
        w, b = np.zeros(X.shape[1], X.dtype), X.dtype.type(0)
        for _ in range(steps):
            z = X @ w + b
            e = np.exp(-np.abs(z))
            delta = (np.where(z < 0, e, 1) / (1 + e) - y) / len(y)
            w = w - lr * X.T @ delta
            b = b - lr * delta.sum()
        return w, b

    def sample_by_sample(X, y, lr, steps):
        """A loop over the samples for the gradient of a step."""
        w, b = np.zeros_like(X[0]), 0.0
        for _ in range(steps):
            dw, db = np.zeros_like(w), 0.0
            for x, target in zip(X, y, strict=True):
                slope = float(np.exp(-np.logaddexp(0, -(x @ w + b))) - target)
                dw, db = dw + slope * x, db + slope
            w, b = w - lr * dw / len(y), b - lr * db / len(y)
        return w, b


class best_step:
    def matrix_of_curvatures(w, X, y):
        """With the matrix of the second derivatives."""
        H = 2 / len(y) * X.T @ X
        g = H @ w - 2 / len(y) * X.T @ y
        return g, g @ H @ g, np.sum(g * g) / (g @ H @ g)

    def means(w, X, y):
        """Means in place of sums, and the slope from the errors."""
        e = X @ w - y
        g = 2 * np.mean(e[:, None] * X, axis=0)
        u = X @ g
        return g, 2 * np.mean(u**2), np.mean(e * u) / np.mean(u**2)

    def loop(w, X, y):
        """Sample by sample."""
        g = np.zeros_like(w)
        for x, target in zip(X, y, strict=True):
            g = g + 2 * (x @ w - target) * x / len(y)
        curvature = sum(2 * (x @ g) ** 2 / len(y) for x in X)
        return g, curvature, g @ g / curvature


class end_point:
    def least_and_largest(gradient, w, tolerance=1e-3, h=1e-4):
        """The least and the largest curvature decide."""
        g = gradient(w)
        if np.sqrt(g @ g) > tolerance:
            return "moving"
        H = np.empty((len(w), len(w)))
        for j in range(len(w)):
            up, down = w.copy(), w.copy()
            up[j], down[j] = w[j] + h, w[j] - h
            H[j] = (gradient(up) - gradient(down)) / (2 * h)
        curvatures = np.linalg.eigvalsh(0.5 * H + 0.5 * H.T)
        least, largest = curvatures[0], curvatures[-1]
        if least > tolerance:
            return "minimum"
        if largest < -tolerance:
            return "maximum"
        if least < -tolerance and largest > tolerance:
            return "saddle"
        return "unclear"

    def counting(gradient, w, tolerance=1e-3, h=1e-4):
        """Count the curvatures of each sign."""
        if np.linalg.norm(gradient(w)) > tolerance:
            return "moving"
        columns = [(gradient(w + e) - gradient(w - e)) / (2 * h) for e in h * np.eye(w.size)]
        H = np.stack(columns, axis=1)
        curvatures = np.linalg.eigvals((H + H.T) / 2).real
        up, down = int(np.sum(curvatures > tolerance)), int(np.sum(curvatures < -tolerance))
        words = {(w.size, 0): "minimum", (0, w.size): "maximum"}
        return words.get((up, down), "saddle" if up and down else "unclear")
