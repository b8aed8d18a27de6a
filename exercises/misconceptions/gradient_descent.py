"""Wrong answers to the tasks of exercises/gradient_descent.md, each with a sentence of advice.

A class for each task, a function for each mistake, with the parameters of the task. The grader
pastes a function's source into a notebook, so it uses nothing but `np`, its parameters and its own
names. (E…) is the number of an erratum that the mistake comes from.
"""

# ruff: noqa: ANN001, ANN201, N805
import numpy as np


class descend_until:
    def uphill(gradient, w, lr, tolerance, most):
        """The gradient points uphill; a step of descent goes along minus the gradient. (E7)"""
        for t in range(most):
            g = gradient(w)
            if np.linalg.norm(g) <= tolerance:
                return w, t
            w = w + lr * g
        return w, most

    def signed_entries(gradient, w, lr, tolerance, most):
        """An entry of the gradient may be negative and large; compare the norm, not the entries."""
        for t in range(most):
            g = gradient(w)
            if np.all(g <= tolerance):
                return w, t
            w = w - lr * g
        return w, most

    def largest_entry(gradient, w, lr, tolerance, most):
        """You compare the largest entry of the gradient; the task asks for its Euclidean norm."""
        for t in range(most):
            g = gradient(w)
            if np.max(np.abs(g)) <= tolerance:
                return w, t
            w = w - lr * g
        return w, most

    def norm_squared(gradient, w, lr, tolerance, most):
        """You compare the square of the norm with the tolerance; take the root."""
        for t in range(most):
            g = gradient(w)
            if np.sum(g * g) <= tolerance:
                return w, t
            w = w - lr * g
        return w, most

    def length_of_the_step(gradient, w, lr, tolerance, most):
        """A short step may come from a small rate; compare the gradient, not lr times it. (E8)"""
        for t in range(most):
            g = gradient(w)
            if np.linalg.norm(lr * g) <= tolerance:
                return w, t
            w = w - lr * g
        return w, most

    def one_step_too_many(gradient, w, lr, tolerance, most):
        """You look at the gradient before the step and stop after it, which is a step too late."""
        for t in range(most):
            g = gradient(w)
            w = w - lr * g
            if np.linalg.norm(g) <= tolerance:
                return w, t + 1
        return w, most

    def equal_is_not_enough(gradient, w, lr, tolerance, most):
        """Descent also stops where the norm is exactly the tolerance: at most, not below."""
        for t in range(most):
            g = gradient(w)
            if np.linalg.norm(g) < tolerance:
                return w, t
            w = w - lr * g
        return w, most

    def never_stops(gradient, w, lr, tolerance, most):
        """You always take all the steps; look at the gradient before each of them."""
        for _ in range(most):
            w = w - lr * gradient(w)
        return w, most

    def unit_steps(gradient, w, lr, tolerance, most):
        """A step is lr times the gradient itself; yours all have the same length."""
        for t in range(most):
            norm = np.linalg.norm(gradient(w))
            if norm <= tolerance:
                return w, t
            w = w - lr * gradient(w) / norm
        return w, most

    def in_place(gradient, w, lr, tolerance, most):
        """`w -= ...` changes the array of the caller; compute a new one with `w = w - ...`."""
        for t in range(most):
            g = gradient(w)
            if np.linalg.norm(g) <= tolerance:
                return w, t
            w -= lr * g
        return w, most


class largest_rate:
    def without_bias(X):
        """The bias is a weight, too, and adds to the curvature: which column belongs to it?"""
        return 2 / np.linalg.eigvalsh(2 / len(X) * X.T @ X)[-1]

    def half_sum(X):
        """Your curvatures are those of half the sum of squares; the loss is the mean. (E17)"""
        X1 = np.hstack([X, np.ones((len(X), 1), X.dtype)])
        return 2 / np.linalg.eigvalsh(X1.T @ X1)[-1]

    def half_mean(X):
        """The second derivative of a square is 2: your curvatures lack that factor. (E17)"""
        X1 = np.hstack([X, np.ones((len(X), 1), X.dtype)])
        return 2 / np.linalg.eigvalsh(X1.T @ X1 / len(X))[-1]

    def one_over(X):
        """The rate 1 over the largest curvature is the best one along it, not the limit. (E25)"""
        X1 = np.hstack([X, np.ones((len(X), 1), X.dtype)])
        return 1 / np.linalg.eigvalsh(2 / len(X) * X1.T @ X1)[-1]

    def smallest_curvature(X):
        """The steepest direction diverges first, so that the largest curvature counts. (E25)"""
        X1 = np.hstack([X, np.ones((len(X), 1), X.dtype)])
        return 2 / np.linalg.eigvalsh(2 / len(X) * X1.T @ X1)[0]

    def sum_of_curvatures(X):
        """The trace is the sum of the curvatures; the limit depends on the largest alone."""
        X1 = np.hstack([X, np.ones((len(X), 1), X.dtype)])
        return 2 / np.trace(2 / len(X) * X1.T @ X1)

    def steepest_weight(X):
        """The diagonal holds the curvatures along the axes; another direction may curve more."""
        X1 = np.hstack([X, np.ones((len(X), 1), X.dtype)])
        return 2 / np.max(np.diag(2 / len(X) * X1.T @ X1))

    def singular_value(X):
        """The curvature goes with the square of the largest singular value."""
        X1 = np.hstack([X, np.ones((len(X), 1), X.dtype)])
        return 2 / (2 / len(X) * np.linalg.norm(X1, 2))

    def centred(X):
        """You subtract the means of the columns; descent works with the data as they are."""
        X1 = np.hstack([X - X.mean(axis=0), np.ones((len(X), 1), X.dtype)])
        return 2 / np.linalg.eigvalsh(2 / len(X) * X1.T @ X1)[-1]

    def mean_over_weights(X):
        """The mean of the loss is over the n samples, not over the weights. (E17)"""
        X1 = np.hstack([X, np.ones((len(X), 1), X.dtype)])
        return 2 / np.linalg.eigvalsh(2 / X1.shape[1] * X1.T @ X1)[-1]


class fit_slope:
    def input_forgotten(x, y, lr, steps):
        """The chain rule brings a factor x, and it must stand inside the mean. (E24)"""
        w = 0.0
        for _ in range(steps):
            w = w - lr * np.mean(-2 * (y - x * w))
        return w

    def mean_of_the_input(x, y, lr, steps):
        """The mean of a product is not the product of the means: x belongs inside. (E24)"""
        w = 0.0
        for _ in range(steps):
            w = w - lr * np.mean(x) * np.mean(-2 * (y - x * w))
        return w

    def size_of_the_input(x, y, lr, steps):
        """The factor is x with its sign; a point left of 0 pulls the slope the other way. (E24)"""
        w = 0.0
        for _ in range(steps):
            w = w - lr * np.mean(-2 * np.abs(x) * (y - x * w))
        return w

    def sign_of_the_input(x, y, lr, steps):
        """The factor is x itself, not its sign: points far from 0 pull more. (E24)"""
        w = 0.0
        for _ in range(steps):
            w = w - lr * np.mean(-2 * np.sign(x) * (y - x * w))
        return w

    def target_for_input(x, y, lr, steps):
        """The derivative of the prediction x w with respect to w is x, not y. (E21)"""
        w = 0.0
        for _ in range(steps):
            w = w - lr * np.mean(-2 * y * (y - x * w))
        return w

    def total(x, y, lr, steps):
        """You have the gradient of the sum of the squares; the loss is their mean. (E17)"""
        w = 0.0
        for _ in range(steps):
            w = w - lr * np.sum(-2 * x * (y - x * w))
        return w

    def no_factor_two(x, y, lr, steps):
        """You have the gradient of half the mean; differentiate the square once more. (E17)"""
        w = 0.0
        for _ in range(steps):
            w = w - lr * np.mean(-x * (y - x * w))
        return w

    def uphill(x, y, lr, steps):
        """The loss rises with each step: subtract the gradient from w. (E7)"""
        w = 0.0
        for _ in range(steps):
            w = w + lr * np.mean(-2 * x * (y - x * w))
        return w

    def one_by_one(x, y, lr, steps):
        """You take a step for each point; a step here uses the mean over all points."""
        w = 0.0
        for _ in range(steps):
            for a, b in zip(x, y, strict=True):
                w = w + lr * 2 * a * (b - a * w)
        return w

    def solved(x, y, lr, steps):
        """You solve for the best slope; the task asks where descent is after the given steps."""
        return np.sum(x * y) / np.sum(x * x)

    def one_step_short(x, y, lr, steps):
        """Count the steps: yours are one too few."""
        w = 0.0
        for _ in range(steps - 1):
            w = w - lr * np.mean(-2 * x * (y - x * w))
        return w


class warmup_cosine:
    def starts_at_zero(steps, warmup, high, low):
        """Your first rate is 0, a wasted step: entry 0 belongs to t = 1."""
        t = np.arange(steps)
        s = (t - warmup) / max(steps - warmup, 1)
        fall = low + (high - low) * (1 + np.cos(np.pi * s)) / 2
        return np.where(t < warmup, high * t / max(warmup, 1), fall)

    def no_warmup(steps, warmup, high, low):
        """Your rates fall from the start; for t up to warmup they must rise."""
        t = np.arange(1, steps + 1)
        s = np.clip((t - warmup) / max(steps - warmup, 1), 0, 1)
        return low + (high - low) * (1 + np.cos(np.pi * s)) / 2

    def rises_from_low(steps, warmup, high, low):
        """The warm-up is proportional to t: it does not begin at `low`."""
        t = np.arange(1, steps + 1)
        s = (t - warmup) / max(steps - warmup, 1)
        fall = low + (high - low) * (1 + np.cos(np.pi * s)) / 2
        return np.where(t <= warmup, low + (high - low) * t / max(warmup, 1), fall)

    def falls_to_zero(steps, warmup, high, low):
        """The last rate is 0; the cosine should arrive at `low`."""
        t = np.arange(1, steps + 1)
        s = (t - warmup) / max(steps - warmup, 1)
        return np.where(t <= warmup, high * t / max(warmup, 1), high * (1 + np.cos(np.pi * s)) / 2)

    def low_added(steps, warmup, high, low):
        """Your cosine leaves high + low; its height from top to bottom is high - low."""
        t = np.arange(1, steps + 1)
        s = (t - warmup) / max(steps - warmup, 1)
        fall = low + high * (1 + np.cos(np.pi * s)) / 2
        return np.where(t <= warmup, high * t / max(warmup, 1), fall)

    def cosine_over_all_steps(steps, warmup, high, low):
        """The cosine begins at t = warmup, and yours has begun at t = 0."""
        t = np.arange(1, steps + 1)
        fall = low + (high - low) * (1 + np.cos(np.pi * t / steps)) / 2
        return np.where(t <= warmup, high * t / max(warmup, 1), fall)

    def straight_line(steps, warmup, high, low):
        """After the warm-up your rates fall along a straight line, not along a cosine."""
        t = np.arange(1, steps + 1)
        s = (t - warmup) / max(steps - warmup, 1)
        return np.where(t <= warmup, high * t / max(warmup, 1), high + (low - high) * s)

    def quarter_period(steps, warmup, high, low):
        """Half a period of the cosine goes from 1 to -1; you use only its first quarter."""
        t = np.arange(1, steps + 1)
        s = (t - warmup) / max(steps - warmup, 1)
        fall = low + (high - low) * np.cos(np.pi / 2 * s)
        return np.where(t <= warmup, high * t / max(warmup, 1), fall)

    def never_arrives(steps, warmup, high, low):
        """At the last step the rate should be `low`; your cosine ends one step later."""
        t = np.arange(1, steps + 1)
        s = (t - warmup - 1) / max(steps - warmup, 1)
        fall = low + (high - low) * (1 + np.cos(np.pi * s)) / 2
        return np.where(t <= warmup, high * t / max(warmup, 1), fall)


class averaged_sgd:
    def last_point(gradient, w, X, y, lr, order):
        """You return the last point of the path; the task asks for the mean of all of them."""
        for batch in order:
            w = w - lr * gradient(w, X[batch], y[batch])
        return w

    def start_counted(gradient, w, X, y, lr, order):
        """The start is not a result of a step and does not count."""
        points = [w]
        for batch in order:
            points.append(points[-1] - lr * gradient(points[-1], X[batch], y[batch]))
        return np.mean(points, axis=0)

    def last_left_out(gradient, w, X, y, lr, order):
        """You keep each point before its step, so that the start counts and the end does not."""
        points = []
        for batch in order:
            points.append(w)
            w = w - lr * gradient(w, X[batch], y[batch])
        return np.mean(points, axis=0)

    def all_at_the_start(gradient, w, X, y, lr, order):
        """Each step begins where the last one ended: take the gradient at the new point."""
        points, now = [], w
        for batch in order:
            now = now - lr * gradient(w, X[batch], y[batch])
            points.append(now)
        return np.mean(points, axis=0)

    def full_batch(gradient, w, X, y, lr, order):
        """Your gradient uses all the samples; a step here uses those of its batch only."""
        points = []
        for _ in order:
            w = w - lr * gradient(w, X, y)
            points.append(w)
        return np.mean(points, axis=0)

    def uphill(gradient, w, X, y, lr, order):
        """The gradient points uphill: subtract it. (E7)"""
        points = []
        for batch in order:
            w = w + lr * gradient(w, X[batch], y[batch])
            points.append(w)
        return np.mean(points, axis=0)

    def one_array_in_place(gradient, w, X, y, lr, order):
        """With `-=` your list holds one and the same array many times, and that is the caller's."""
        points = []
        for batch in order:
            w -= lr * gradient(w, X[batch], y[batch])
            points.append(w)
        return np.mean(points, axis=0)

    def rate_shared_out(gradient, w, X, y, lr, order):
        """Each step has the whole learning rate; do not divide it by the number of batches."""
        points = []
        for batch in order:
            w = w - lr / len(order) * gradient(w, X[batch], y[batch])
            points.append(w)
        return np.mean(points, axis=0)

    def divided_by_batch(gradient, w, X, y, lr, order):
        """The gradient is already that of a mean; do not divide by the batch size again. (E17)"""
        points = []
        for batch in order:
            w = w - lr * gradient(w, X[batch], y[batch]) / len(batch)
            points.append(w)
        return np.mean(points, axis=0)

    def weighted_by_batch(gradient, w, X, y, lr, order):
        """All points have the same weight in the mean, however large their batches are."""
        points = []
        for batch in order:
            w = w - lr * gradient(w, X[batch], y[batch])
            points.append(w)
        return np.average(points, axis=0, weights=[len(batch) for batch in order]).astype(w.dtype)

    def mean_over_weights(gradient, w, X, y, lr, order):
        """Your mean runs over the weights, too; the result has the shape of w."""
        points = []
        for batch in order:
            w = w - lr * gradient(w, X[batch], y[batch])
            points.append(w)
        return np.mean(points)


class logistic_regression:
    def squared_error(X, y, lr, steps):
        """Your gradient has a factor p (1 - p), which belongs to the squared error. (E9)"""
        w, b = np.zeros(X.shape[1], X.dtype), X.dtype.type(0)
        for _ in range(steps):
            p = 0.5 * (1 + np.tanh((X @ w + b) / 2))
            delta = (p - y) * p * (1 - p) / len(y)
            w, b = w - lr * X.T @ delta, b - lr * np.sum(delta)
        return w, b

    def bias_first(X, y, lr, steps):
        """You change b before you compute the gradient of w; both use the old values. (E28)"""
        w, b = np.zeros(X.shape[1], X.dtype), X.dtype.type(0)
        for _ in range(steps):
            b = b - lr * np.mean(0.5 * (1 + np.tanh((X @ w + b) / 2)) - y)
            p = 0.5 * (1 + np.tanh((X @ w + b) / 2))
            w = w - lr * X.T @ (p - y) / len(y)
        return w, b

    def weights_first(X, y, lr, steps):
        """You change w before you compute the gradient of b; both use the old values. (E28)"""
        w, b = np.zeros(X.shape[1], X.dtype), X.dtype.type(0)
        for _ in range(steps):
            p = 0.5 * (1 + np.tanh((X @ w + b) / 2))
            w = w - lr * X.T @ (p - y) / len(y)
            b = b - lr * np.mean(0.5 * (1 + np.tanh((X @ w + b) / 2)) - y)
        return w, b

    def uphill(X, y, lr, steps):
        """The probabilities move away from the classes: mind the sign of the step. (E7)"""
        w, b = np.zeros(X.shape[1], X.dtype), X.dtype.type(0)
        for _ in range(steps):
            delta = (0.5 * (1 + np.tanh((X @ w + b) / 2)) - y) / len(y)
            w, b = w + lr * X.T @ delta, b + lr * np.sum(delta)
        return w, b

    def not_averaged(X, y, lr, steps):
        """You have the gradient of the sum over the samples; the loss is their mean. (E17)"""
        w, b = np.zeros(X.shape[1], X.dtype), X.dtype.type(0)
        for _ in range(steps):
            delta = 0.5 * (1 + np.tanh((X @ w + b) / 2)) - y
            w, b = w - lr * X.T @ delta, b - lr * np.sum(delta)
        return w, b

    def bias_not_averaged(X, y, lr, steps):
        """The gradient of w is a mean over the samples, and that of b must be one, too. (E17)"""
        w, b = np.zeros(X.shape[1], X.dtype), X.dtype.type(0)
        for _ in range(steps):
            delta = 0.5 * (1 + np.tanh((X @ w + b) / 2)) - y
            w, b = w - lr * X.T @ delta / len(y), b - lr * np.sum(delta)
        return w, b

    def bias_not_trained(X, y, lr, steps):
        """Your bias stays 0: it is a parameter and has a gradient of its own."""
        w, b = np.zeros(X.shape[1], X.dtype), X.dtype.type(0)
        for _ in range(steps):
            delta = (0.5 * (1 + np.tanh((X @ w + b) / 2)) - y) / len(y)
            w = w - lr * X.T @ delta
        return w, b

    def input_forgotten(X, y, lr, steps):
        """All your weights change alike: each needs the factor of its own column of X. (E24)"""
        w, b = np.zeros(X.shape[1], X.dtype), X.dtype.type(0)
        for _ in range(steps):
            delta = (0.5 * (1 + np.tanh((X @ w + b) / 2)) - y) / len(y)
            w, b = w - lr * np.sum(delta), b - lr * np.sum(delta)
        return w, b

    def no_sigmoid(X, y, lr, steps):
        """You compare the logits with the classes: a sigmoid must come between. (E9)"""
        w, b = np.zeros(X.shape[1], X.dtype), X.dtype.type(0)
        for _ in range(steps):
            delta = (X @ w + b - y) / len(y)
            w, b = w - lr * X.T @ delta, b - lr * np.sum(delta)
        return w, b

    def hard_decisions(X, y, lr, steps):
        """Train with the probabilities, not with decisions: a decision has no slope."""
        w, b = np.zeros(X.shape[1], X.dtype), X.dtype.type(0)
        for _ in range(steps):
            delta = ((X @ w + b > 0).astype(X.dtype) - y) / len(y)
            w, b = w - lr * X.T @ delta, b - lr * np.sum(delta)
        return w, b

    def factor_two(X, y, lr, steps):
        """The factor 2 belongs to the squared error; cross-entropy has none. (E17)"""
        w, b = np.zeros(X.shape[1], X.dtype), X.dtype.type(0)
        for _ in range(steps):
            delta = 2 * (0.5 * (1 + np.tanh((X @ w + b) / 2)) - y) / len(y)
            w, b = w - lr * X.T @ delta, b - lr * np.sum(delta)
        return w, b

    def overflow(X, y, lr, steps):
        """exp(z) / (1 + exp(z)) is infinity over infinity for a large logit. (E10)"""
        w, b = np.zeros(X.shape[1], X.dtype), X.dtype.type(0)
        for _ in range(steps):
            e = np.exp(X @ w + b)
            delta = (e / (1 + e) - y) / len(y)
            w, b = w - lr * X.T @ delta, b - lr * np.sum(delta)
        return w, b


class best_step:
    def half_mean(w, X, y):
        """Your loss is half the mean of the squares: put the factor 2 into gaps 1 and 2. (E17)"""
        g = X.T @ (X @ w - y) / len(y)
        u = X @ g
        return g, u @ u / len(y), g @ g / (u @ u / len(y))

    def total(w, X, y):
        """Your loss is the sum of the squares; here it is their mean. (E17)"""
        g = 2 * X.T @ (X @ w - y)
        u = X @ g
        return g, 2 * u @ u, g @ g / (2 * u @ u)

    def wrong_sign(w, X, y):
        """Gap 1 is the gradient, which points uphill; you give the direction of the step. (E7)"""
        g = 2 * X.T @ (y - X @ w) / len(y)
        u = X @ g
        return g, 2 * u @ u / len(y), g @ g / (2 * u @ u / len(y))

    def curvature_without_two(w, X, y):
        """The coefficient of the square of eta is half the second derivative: see gap 2."""
        g = 2 * X.T @ (X @ w - y) / len(y)
        u = X @ g
        return g, u @ u / len(y), g @ g / (u @ u / len(y))

    def curvature_not_averaged(w, X, y):
        """Gap 2 lacks the division by n: each term of the mean is differentiated. (E17)"""
        g = 2 * X.T @ (X @ w - y) / len(y)
        u = X @ g
        return g, 2 * u @ u, g @ g / (2 * u @ u)

    def gradient_for_u(w, X, y):
        """The squares in gap 2 are those of u = Xg, and you took those of g."""
        g = 2 * X.T @ (X @ w - y) / len(y)
        return g, 2 * g @ g / len(y), g @ g / (2 * g @ g / len(y))

    def errors_for_u(w, X, y):
        """Differentiate twice with respect to eta: u stays, and the errors e drop out."""
        e = X @ w - y
        g = 2 * X.T @ e / len(y)
        u = X @ g
        return g, 2 * e @ u / len(y), g @ g / (2 * e @ u / len(y))

    def upside_down(w, X, y):
        """Set the derivative in step 5 to zero and solve for eta: your fraction is inverted."""
        g = 2 * X.T @ (X @ w - y) / len(y)
        u = X @ g
        return g, 2 * u @ u / len(y), 2 * u @ u / len(y) / (g @ g)

    def no_square(w, X, y):
        """The slope is minus the square of the norm of the gradient; gap 3 uses the norm."""
        g = 2 * X.T @ (X @ w - y) / len(y)
        u = X @ g
        return g, 2 * u @ u / len(y), np.linalg.norm(g) / (2 * u @ u / len(y))

    def back_to_the_same_loss(w, X, y):
        """At twice the best rate the loss is again what it was: see gap 3. (E25)"""
        g = 2 * X.T @ (X @ w - y) / len(y)
        u = X @ g
        return g, 2 * u @ u / len(y), 2 * g @ g / (2 * u @ u / len(y))

    def largest_curvature(w, X, y):
        """The curvature along this one step counts, not the largest of all directions. (E25)"""
        g = 2 * X.T @ (X @ w - y) / len(y)
        u = X @ g
        return g, 2 * u @ u / len(y), 1 / np.linalg.eigvalsh(2 / len(y) * X.T @ X)[-1]


class end_point:
    def rest_is_a_minimum(gradient, w, tolerance=1e-3, h=1e-4):
        """A zero gradient alone does not make a minimum: compute the curvatures. (E8)"""
        return "minimum" if np.linalg.norm(gradient(w)) <= tolerance else "moving"

    def always_at_rest(gradient, w, tolerance=1e-3, h=1e-4):
        """Where the gradient is not small, descent is still moving, whatever the curvatures."""
        nudges = h * np.eye(len(w))
        H = np.array([gradient(w + e) - gradient(w - e) for e in nudges]) / (2 * h)
        c = np.linalg.eigvalsh((H + H.T) / 2)
        if np.all(c > tolerance):
            return "minimum"
        if np.all(c < -tolerance):
            return "maximum"
        return "saddle" if np.any(c > tolerance) and np.any(c < -tolerance) else "unclear"

    def exactly_zero(gradient, w, tolerance=1e-3, h=1e-4):
        """Descent never reaches an exact zero: compare the norm with the tolerance."""
        if np.any(gradient(w) != 0):
            return "moving"
        nudges = h * np.eye(len(w))
        H = np.array([gradient(w + e) - gradient(w - e) for e in nudges]) / (2 * h)
        c = np.linalg.eigvalsh((H + H.T) / 2)
        if np.all(c > tolerance):
            return "minimum"
        if np.all(c < -tolerance):
            return "maximum"
        return "saddle" if np.any(c > tolerance) and np.any(c < -tolerance) else "unclear"

    def diagonal_only(gradient, w, tolerance=1e-3, h=1e-4):
        """The diagonal of H tells of the axes only; think of x y, which is flat along both."""
        if np.linalg.norm(gradient(w)) > tolerance:
            return "moving"
        nudges = h * np.eye(len(w))
        c = np.array([(gradient(w + e) - gradient(w - e)) @ e for e in nudges]) / (2 * h * h)
        if np.all(c > tolerance):
            return "minimum"
        if np.all(c < -tolerance):
            return "maximum"
        return "saddle" if np.any(c > tolerance) and np.any(c < -tolerance) else "unclear"

    def determinant(gradient, w, tolerance=1e-3, h=1e-4):
        """The sign of the determinant decides for two weights only; use the eigenvalues."""
        if np.linalg.norm(gradient(w)) > tolerance:
            return "moving"
        nudges = h * np.eye(len(w))
        H = np.array([gradient(w + e) - gradient(w - e) for e in nudges]) / (2 * h)
        if abs(np.linalg.det(H)) <= tolerance:
            return "unclear"
        if np.linalg.det(H) < 0 and len(w) > 1:
            return "saddle"
        return "minimum" if H[0, 0] > 0 else "maximum"

    def trace(gradient, w, tolerance=1e-3, h=1e-4):
        """The sum of the curvatures hides that some are positive and some negative."""
        if np.linalg.norm(gradient(w)) > tolerance:
            return "moving"
        nudges = h * np.eye(len(w))
        H = np.array([gradient(w + e) - gradient(w - e) for e in nudges]) / (2 * h)
        if np.trace(H) > tolerance:
            return "minimum"
        return "maximum" if np.trace(H) < -tolerance else "saddle"

    def flat_is_a_minimum(gradient, w, tolerance=1e-3, h=1e-4):
        """Where a curvature is nearly zero, higher terms decide: the answer is "unclear"."""
        if np.linalg.norm(gradient(w)) > tolerance:
            return "moving"
        nudges = h * np.eye(len(w))
        H = np.array([gradient(w + e) - gradient(w - e) for e in nudges]) / (2 * h)
        c = np.linalg.eigvalsh((H + H.T) / 2)
        if np.all(c >= -tolerance):
            return "minimum"
        return "maximum" if np.all(c <= tolerance) else "saddle"

    def flat_first(gradient, w, tolerance=1e-3, h=1e-4):
        """One curvature of each sign makes a saddle, even if another one is nearly zero. (E8)"""
        if np.linalg.norm(gradient(w)) > tolerance:
            return "moving"
        nudges = h * np.eye(len(w))
        H = np.array([gradient(w + e) - gradient(w - e) for e in nudges]) / (2 * h)
        c = np.linalg.eigvalsh((H + H.T) / 2)
        if np.any(np.abs(c) <= tolerance):
            return "unclear"
        return "minimum" if np.all(c > 0) else "maximum" if np.all(c < 0) else "saddle"

    def negative_is_a_saddle(gradient, w, tolerance=1e-3, h=1e-4):
        """If all curvatures are negative the point is a maximum; a saddle has both signs. (E8)"""
        if np.linalg.norm(gradient(w)) > tolerance:
            return "moving"
        nudges = h * np.eye(len(w))
        H = np.array([gradient(w + e) - gradient(w - e) for e in nudges]) / (2 * h)
        c = np.linalg.eigvalsh((H + H.T) / 2)
        if np.all(c > tolerance):
            return "minimum"
        return "saddle" if np.any(c < -tolerance) else "unclear"

    def signs_exchanged(gradient, w, tolerance=1e-3, h=1e-4):
        """A bowl curves upwards: at a minimum the curvatures are positive."""
        if np.linalg.norm(gradient(w)) > tolerance:
            return "moving"
        nudges = h * np.eye(len(w))
        H = np.array([gradient(w + e) - gradient(w - e) for e in nudges]) / (2 * h)
        c = np.linalg.eigvalsh((H + H.T) / 2)
        if np.all(c > tolerance):
            return "maximum"
        if np.all(c < -tolerance):
            return "minimum"
        return "saddle" if np.any(c > tolerance) and np.any(c < -tolerance) else "unclear"

    def half_the_width(gradient, w, tolerance=1e-3, h=1e-4):
        """The two points are 2h apart, not h: your curvatures are twice too large."""
        if np.linalg.norm(gradient(w)) > tolerance:
            return "moving"
        H = np.array([gradient(w + e) - gradient(w - e) for e in h * np.eye(len(w))]) / h
        c = np.linalg.eigvalsh((H + H.T) / 2)
        if np.all(c > tolerance):
            return "minimum"
        if np.all(c < -tolerance):
            return "maximum"
        return "saddle" if np.any(c > tolerance) and np.any(c < -tolerance) else "unclear"

    def width_forgotten(gradient, w, tolerance=1e-3, h=1e-4):
        """Divide the difference of the gradients by 2h, or every curvature is nearly zero."""
        if np.linalg.norm(gradient(w)) > tolerance:
            return "moving"
        H = np.array([gradient(w + e) - gradient(w - e) for e in h * np.eye(len(w))])
        c = np.linalg.eigvalsh((H + H.T) / 2)
        if np.all(c > tolerance):
            return "minimum"
        if np.all(c < -tolerance):
            return "maximum"
        return "saddle" if np.any(c > tolerance) and np.any(c < -tolerance) else "unclear"
