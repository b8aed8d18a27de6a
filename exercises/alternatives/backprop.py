"""Right answers to the tasks of exercises/backprop.md, written another way than in `solutions`.

A class for each task, a function for each answer, with the parameters of the task. The tests paste
a function's source into a notebook, so it uses nothing but `np`, its parameters and its own names.
"""

# ruff: noqa: ANN001, ANN201, N805
import numpy as np


class activation_slope:
    def by_halves(z, name):
        """The sigmoid is half of 1 + tanh(z / 2), which never overflows."""
        s = (1 + np.tanh(z / 2)) / 2
        if name == "relu":
            return np.where(z > 0, 1, 0).astype(z.dtype)
        if name == "tanh":
            return (1 - np.tanh(z)) * (1 + np.tanh(z))
        return s if name == "softplus" else s * (1 + z * (1 - s))

    def table(z, name):
        """All four slopes in a table; e = exp(-|z|) is at most 1."""
        e = np.exp(-np.abs(z))
        s = np.where(z >= 0, 1, e) / (1 + e)
        slopes = {
            "relu": np.heaviside(z, 0).astype(z.dtype),
            "tanh": 4 * e**2 / (1 + e**2) ** 2,
            "softplus": s,
            "silu": s + z * e / (1 + e) ** 2,
        }
        return slopes[name]


class layer_backward:
    def einsum(delta, a_in, W):
        """Each sum with its indices."""
        dW = np.einsum("ij,ik->jk", a_in, delta)
        return dW, np.einsum("ik->k", delta), np.einsum("ik,jk->ij", delta, W)

    def loop(delta, a_in, W):
        """Sample by sample: the gradients of the shared parameters add up."""
        dW, db, da_in = np.zeros_like(W), np.zeros_like(delta[0]), np.zeros_like(a_in)
        for i in range(len(a_in)):
            dW += np.outer(a_in[i], delta[i])
            db += delta[i]
            da_in[i] = W @ delta[i]
        return dW, db, da_in

    def ones(delta, a_in, W):
        """The bias is the weight of an input that is always 1."""
        ones = np.ones((len(a_in), 1), a_in.dtype)
        both = np.hstack([a_in, ones]).T @ delta
        return both[:-1], both[-1], (W @ delta.T).T


class gradient_check:
    def in_place(f, x, claimed, h=1e-5):
        """Nudge one entry of a copy, and put it back."""
        x = np.array(x, dtype=np.float64)
        g = np.zeros_like(x)
        for i in np.ndindex(x.shape):
            old = x[i]
            x[i] = old + h
            above = f(x.copy())
            x[i] = old - h
            g[i] = (above - f(x.copy())) / (2 * h)
            x[i] = old
        size = np.maximum(np.abs(claimed), np.abs(g))
        return np.divide(np.abs(claimed - g), size, out=np.zeros_like(g), where=size > 0)

    def flat(f, x, claimed, h=1e-5):
        """Over the flat array, with the rows of a unit matrix as steps."""
        x = np.asarray(x, dtype=np.float64)
        steps = h * np.eye(x.size).reshape(-1, *x.shape)
        pairs = zip(steps, np.asarray(claimed, dtype=np.float64).ravel(), strict=True)
        errors = []
        for step, c in pairs:
            g = (f(x + step) - f(x - step)) / (2 * h)
            errors.append(0.0 if c == g == 0 else abs(c - g) / max(abs(c), abs(g)))
        return np.array(errors).reshape(x.shape)


class mlp_gradients:
    def slopes_from_outputs(X, y, parameters):
        """Only the layers' outputs are kept: the slope of tanh is 1 - a²."""
        outputs = [X]
        for W, b in parameters[:-1]:
            outputs.append(np.tanh(outputs[-1] @ W + b))
        W, b = parameters[-1]
        delta, gradients = 2 * (outputs[-1] @ W + b - y) / y.size, []
        for (W, _), a in zip(reversed(parameters), reversed(outputs), strict=True):
            gradients.insert(0, (a.T @ delta, delta.sum(axis=0)))
            delta = (delta @ W.T) * (1 - a * a)
        return gradients

    def recursion(X, y, parameters):
        """Each layer goes forward, lets the rest return its gradients, and goes back."""

        def go(a, layers):
            (W, b), *rest = layers
            z = a @ W + b
            if rest:
                h = np.tanh(z)
                gradients, dh = go(h, rest)
                delta = dh * (1 - h**2)
            else:
                gradients, delta = [], (z - y) * 2 / y.size
            return [(a.T @ delta, delta.sum(axis=0)), *gradients], delta @ W.T

        return go(X, parameters)[0]

    def recomputed(X, y, parameters):
        """Nothing is kept: each layer's input is computed again when it is needed."""

        def input_of(layer):
            a = X
            for W, b in parameters[:layer]:
                a = np.tanh(a @ W + b)
            return a

        last = len(parameters) - 1
        delta = 2 * (input_of(last) @ parameters[last][0] + parameters[last][1] - y) / y.size
        gradients = []
        for layer in range(last, -1, -1):
            a = input_of(layer)
            gradients.append([a.T @ delta, np.sum(delta, axis=0)])
            delta = delta @ parameters[layer][0].T / np.cosh(np.arctanh(a)) ** 2 if layer else delta
        return gradients[::-1]


class descent_step:
    def backwards_then_update(X, y, parameters, lr):
        """All gradients first, then all updates."""
        (W1, b1), (W2, b2) = parameters
        a1 = (1 + np.tanh((X @ W1 + b1) / 2)) / 2
        delta2 = (a1 @ W2 + b2 - y) / len(y)
        delta1 = delta2 @ W2.T * (a1 - a1**2)
        dW1, db1 = X.T @ delta1, delta1.sum(axis=0)
        dW2, db2 = a1.T @ delta2, delta2.sum(axis=0)
        return [(W1 - lr * dW1, b1 - lr * db1), (W2 - lr * dW2, b2 - lr * db2)]

    def copies(X, y, parameters, lr):
        """Changed in place, on copies, and the way back goes through the old weights."""
        (W1, b1), (W2, b2) = parameters
        old = W2
        W1, b1, W2, b2 = (array.copy() for array in (W1, b1, W2, b2))
        a1 = 1 / (1 + np.exp(-(X @ W1 + b1)))
        error = a1 @ W2 + b2 - y
        W2 -= lr / len(X) * a1.T @ error
        b2 -= lr * error.mean(axis=0)
        delta1 = error @ old.T * a1 * (1 - a1)
        W1 -= lr / len(X) * X.T @ delta1
        b1 -= lr * delta1.mean(axis=0)
        return [(W1, b1), (W2, b2)]

    def samples(X, y, parameters, lr):
        """The mean of the steps that each sample alone would take."""
        (W1, b1), (W2, b2) = parameters
        new = [W1.copy(), b1.copy(), W2.copy(), b2.copy()]
        for x, target in zip(X, y, strict=True):
            a1 = 1 / (1 + np.exp(-(x @ W1 + b1)))
            error = a1 @ W2 + b2 - target
            delta1 = W2 @ error * a1 * (1 - a1)
            gradients = [np.outer(x, delta1), delta1, np.outer(a1, error), error]
            for array, gradient in zip(new, gradients, strict=True):
                array -= lr * gradient / len(X)
        return [(new[0], new[1]), (new[2], new[3])]


class train_classifier:
    def mended(X, y, parameters, lr, steps):
        """The published program with its four bugs mended."""
        (W1, b1), (W2, b2) = parameters
        n, losses = len(X), []
        for _ in range(steps):
            z1 = X @ W1 + b1
            a1 = np.maximum(z1, 0)
            y_hat = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
            losses.append(-np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)))
            delta2 = (y_hat - y) / n
            delta1 = delta2 @ W2.T * (z1 > 0)
            dW2, db2 = a1.T @ delta2, np.sum(delta2, axis=0)
            dW1, db1 = X.T @ delta1, np.sum(delta1, axis=0)
            W1, b1 = W1 - lr * dW1, b1 - lr * db1
            W2, b2 = W2 - lr * dW2, b2 - lr * db2
        return [(W1, b1), (W2, b2)], np.array(losses)

    def from_logits(X, y, parameters, lr, steps):
        """The loss from the logits, and the parameters changed in place on copies."""
        (W1, b1), (W2, b2) = [(W.copy(), b.copy()) for W, b in parameters]
        losses = np.zeros(steps, X.dtype)
        for step in range(steps):
            a1 = np.maximum(X @ W1 + b1, 0)
            z2 = a1 @ W2 + b2
            losses[step] = np.mean(np.logaddexp(0, z2) - y * z2)
            delta2 = ((1 + np.tanh(z2 / 2)) / 2 - y) / len(y)
            delta1 = np.where(a1 > 0, delta2 * W2[:, 0], 0)
            W2 -= lr * a1.T @ delta2
            b2 -= lr * delta2.sum(axis=0)
            W1 -= lr * X.T @ delta1
            b1 -= lr * delta1.sum(axis=0)
        return [(W1, b1), (W2, b2)], losses


class tied_steps:
    def two_layers(X, W):
        """Two layers with weights of their own, then the two gradients added."""
        V = W.T
        a = np.tanh(X @ W)
        delta_out = (a @ V - X) * (2 / X.size)
        da, dV = delta_out @ V.T, a.T @ delta_out
        delta = da - da * a * a
        return delta_out, delta, X.T @ delta + dV.T

    def loop(X, W):
        """Sample by sample."""
        delta_out, delta, dW = np.zeros_like(X), np.zeros_like(X @ W), np.zeros_like(W)
        for i, x in enumerate(X):
            a = np.tanh(W.T @ x)
            delta_out[i] = 2 * (W @ a - x) / X.size
            delta[i] = (W.T @ delta_out[i]) * (1 - a) * (1 + a)
            dW += np.outer(x, delta[i]) + np.outer(delta_out[i], a)
        return delta_out, delta, dW


class output_delta:
    def cases(z, y, pairing):
        """Case by case, with a sigmoid that cannot overflow."""
        a = (1 + np.tanh(z / 2)) / 2
        if pairing == "linear + half SSE":
            return (z - y) / len(z)
        if pairing == "softmax + CE":
            p = np.exp(z - np.logaddexp.reduce(z, axis=1, keepdims=True))
            return (p - y) / len(z)
        return (a - y) / len(z) if pairing == "sigmoid + BCE" else (a * y - y) / len(z)

    def chain_rule(z, y, pairing):
        """The wrong classes of the last pairing are masked away; softmax from shifted logits."""
        e = np.exp(-np.abs(z))
        a = np.where(z >= 0, 1, e) / (1 + e)
        shifted = np.exp(z - z.max(axis=1, keepdims=True))
        output = {
            "linear + half SSE": z,
            "softmax + CE": shifted / shifted.sum(axis=1, keepdims=True),
        }.get(pairing, a)
        delta = (output - y) / z.shape[0]
        return np.where(y == 1, delta, 0) if pairing == "sigmoid + CE" else delta
