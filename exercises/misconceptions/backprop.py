"""Wrong answers to the tasks of exercises/backprop.md, each with a sentence of advice.

A class for each task, a function for each mistake, with the parameters of the task. The grader
pastes a function's source into a notebook, so it uses nothing but `np`, its parameters and its own
names. (E…) is the number of an erratum that the mistake comes from.
"""

# ruff: noqa: ANN001, ANN201, F821, N805
import numpy as np


class activation_slope:
    def relu_slope_is_sigmoid(z, name):
        """The slope of ReLU is 0 or 1; the sigmoid is the slope of another of the four. (E15)"""
        s = 1 / (1 + np.exp(-z))
        slopes = {"relu": s, "tanh": 1 - np.tanh(z) ** 2, "softplus": s}
        return slopes[name] if name in slopes else s + z * s * (1 - s)

    def tanh_like_sigmoid(z, name):
        """The derivative of tanh is not built like that of the sigmoid; at 0 it is 1. (E15)"""
        s, t = 1 / (1 + np.exp(-z)), np.tanh(z)
        slopes = {"relu": (z > 0).astype(z.dtype), "tanh": t * (1 - t), "softplus": s}
        return slopes[name] if name in slopes else s + z * s * (1 - s)

    def value_for_slope(z, name):
        """You return the activation where its derivative is asked for. (E15)"""
        s = 1 / (1 + np.exp(-z))
        values = {"relu": np.maximum(z, 0), "tanh": np.tanh(z), "softplus": np.log1p(np.exp(z))}
        return values[name] if name in values else z * s

    def slope_at_zero(z, name):
        """By the convention of this course the slope of ReLU at exactly 0 is 0. (E15)"""
        s = 1 / (1 + np.exp(-z))
        slopes = {"relu": (z >= 0).astype(z.dtype), "tanh": 1 - np.tanh(z) ** 2, "softplus": s}
        return slopes[name] if name in slopes else s + z * s * (1 - s)

    def softplus_once_more(z, name):
        """You differentiated softplus twice: its first derivative is no product."""
        s = 1 / (1 + np.exp(-z))
        slopes = {"relu": (z > 0).astype(z.dtype), "tanh": 1 - np.tanh(z) ** 2}
        slopes["softplus"] = s * (1 - s)
        return slopes[name] if name in slopes else s + z * s * (1 - s)

    def silu_without_product_rule(z, name):
        """Both factors of silu depend on z, so its derivative has two terms. (E11)"""
        s = 1 / (1 + np.exp(-z))
        slopes = {"relu": (z > 0).astype(z.dtype), "tanh": 1 - np.tanh(z) ** 2, "softplus": s}
        return slopes.get(name, s)

    def overflow(z, name):
        """Your formula divides infinity by infinity for large logits; rewrite it. (E10)"""
        s = np.exp(z) / (1 + np.exp(z))
        slopes = {"relu": (z > 0).astype(z.dtype), "tanh": 1 - np.tanh(z) ** 2, "softplus": s}
        return slopes[name] if name in slopes else s + z * s * (1 - s)

    def boolean_slope(z, name):
        """The slope of ReLU must be an array of floats, and a comparison gives booleans."""
        s = 1 / (1 + np.exp(-z))
        slopes = {"relu": z > 0, "tanh": 1 - np.tanh(z) ** 2, "softplus": s}
        return slopes[name] if name in slopes else s + z * s * (1 - s)


class layer_backward:
    def transposed(delta, a_in, W):
        """dW must have the shape of W; look at which index is summed away. (E14)"""
        return delta.T @ a_in, delta.sum(axis=0), delta @ W.T

    def bias_not_summed(delta, a_in, W):
        """All samples share one bias, so their gradients add up. (E11)"""
        return a_in.T @ delta, delta, delta @ W.T

    def bias_over_units(delta, a_in, W):
        """The bias has an entry for each unit: sum over the samples, not over the units. (E19)"""
        return a_in.T @ delta, delta.sum(axis=1), delta @ W.T

    def bias_as_row(delta, a_in, W):
        """The sum is right, but it must have the shape of b, with one axis."""
        return a_in.T @ delta, delta.sum(axis=0, keepdims=True), delta @ W.T

    def averaged(delta, a_in, W):
        """A mean over the samples is in delta already; you divide a second time. (E17)"""
        n = len(delta)
        return a_in.T @ delta / n, delta.sum(axis=0) / n, delta @ W.T

    def bias_averaged(delta, a_in, W):
        """dW is a sum over the samples, and so is db; yours is a mean. (E17)"""
        return a_in.T @ delta, delta.mean(axis=0), delta @ W.T

    def through_the_new_weights(delta, a_in, W):
        """The gradient for the input uses the W of the forward pass; nothing moves yet. (E28)"""
        dW = a_in.T @ delta
        return dW, delta.sum(axis=0), delta @ (W - dW).T

    def updates_in_place(delta, a_in, W):
        """Backpropagation computes gradients; changing W is the optimizer's work, later. (E2)"""
        dW, da_in = a_in.T @ delta, delta @ W.T
        W -= 0.1 * dW
        return dW, delta.sum(axis=0), da_in

    def by_the_output(delta, a_in, W):
        """dW takes what came into the layer; you take what it made of it. (E21)"""
        return (a_in @ W).T @ delta, delta.sum(axis=0), delta @ W.T

    def wrong_sign(delta, a_in, W):
        """These are the gradients with a minus: the descent step subtracts, not you. (E14)"""
        return -a_in.T @ delta, -delta.sum(axis=0), -delta @ W.T


class gradient_check:
    def one_sided(f, x, claimed, h=1e-5):
        """A one-sided difference has an error in proportion to h; nudge in both directions."""
        x = np.array(x, dtype=float)
        errors = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            step = np.zeros(x.shape)
            step[i] = h
            g = (f(x + step) - f(x)) / h
            size = max(abs(claimed[i]), abs(g))
            errors[i] = abs(claimed[i] - g) / size if size else 0
        return errors

    def divided_by_h(f, x, claimed, h=1e-5):
        """The two points lie 2 h apart, so that is what to divide by."""
        x = np.array(x, dtype=float)
        errors = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            step = np.zeros(x.shape)
            step[i] = h
            g = (f(x + step) - f(x - step)) / h
            size = max(abs(claimed[i]), abs(g))
            errors[i] = abs(claimed[i] - g) / size if size else 0
        return errors

    def absolute_error(f, x, claimed, h=1e-5):
        """You return the difference; divide it by the larger of the two sizes."""
        x = np.array(x, dtype=float)
        errors = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            step = np.zeros(x.shape)
            step[i] = h
            errors[i] = abs(claimed[i] - (f(x + step) - f(x - step)) / (2 * h))
        return errors

    def relative_to_the_difference_only(f, x, claimed, h=1e-5):
        """You divide by the size of the central difference alone; take the larger of the two."""
        x = np.array(x, dtype=float)
        errors = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            step = np.zeros(x.shape)
            step[i] = h
            g = (f(x + step) - f(x - step)) / (2 * h)
            errors[i] = abs(claimed[i] - g) / abs(g) if g else 0
        return errors

    def zero_over_zero(f, x, claimed, h=1e-5):
        """Where claim and difference are both 0 there is no error, and you divide 0 by 0."""
        x = np.array(x, dtype=float)
        errors = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            step = np.zeros(x.shape)
            step[i] = h
            g = np.float64(f(x + step) - f(x - step)) / (2 * h)
            errors[i] = abs(claimed[i] - g) / max(abs(claimed[i]), abs(g))
        return errors

    def all_at_once(f, x, claimed, h=1e-5):
        """You nudge all entries at once; a partial derivative nudges one and holds the others."""
        x = np.array(x, dtype=float)
        g = (f(x + h) - f(x - h)) / (2 * h)
        return np.abs(claimed - g) / np.maximum(np.abs(claimed), abs(g))

    def step_left_in(f, x, claimed, h=1e-5):
        """Put an entry back before you nudge the next, and work on a copy of x."""
        errors = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            x[i] += h
            above = f(x)
            x[i] -= 2 * h
            g = (above - f(x)) / (2 * h)
            size = max(abs(claimed[i]), abs(g))
            errors[i] = abs(claimed[i] - g) / size if size else 0
        return errors

    def signs_ignored(f, x, claimed, h=1e-5):
        """You compare sizes; a claim of the wrong sign is wrong, too. (E14)"""
        x = np.array(x, dtype=float)
        errors = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            step = np.zeros(x.shape)
            step[i] = h
            g = (f(x + step) - f(x - step)) / (2 * h)
            size = max(abs(claimed[i]), abs(g))
            errors[i] = abs(abs(claimed[i]) - abs(g)) / size if size else 0
        return errors

    def dtype_of_x(f, x, claimed, h=1e-5):
        """Steps of 1e-5 are lost in integers and drown in float32: convert x to float64 first."""
        errors = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            above, below = x.copy(), x.copy()
            above[i] += np.asarray(h).astype(x.dtype)
            below[i] -= np.asarray(h).astype(x.dtype)
            g = (f(above) - f(below)) / (2 * h)
            size = max(abs(claimed[i]), abs(g))
            errors[i] = abs(claimed[i] - g) / size if size else 0
        return errors


class mlp_gradients:
    def mean_over_rows(X, y, parameters):
        """The mean of the loss goes over all elements, not over the samples alone. (E17)"""
        a, inputs = X, []
        for W, b in parameters:
            inputs.append(a)
            z = a @ W + b
            a = np.tanh(z)
        delta, gradients = 2 * (z - y) / len(y), []
        for (W, _), a_in in zip(parameters[::-1], inputs[::-1], strict=True):
            gradients.append((a_in.T @ delta, delta.sum(axis=0)))
            delta = delta @ W.T * (1 - a_in**2)
        return gradients[::-1]

    def half_the_squares(X, y, parameters):
        """Your output gradient is that of half the sum; the loss here is the mean. (E17)"""
        a, inputs = X, []
        for W, b in parameters:
            inputs.append(a)
            z = a @ W + b
            a = np.tanh(z)
        delta, gradients = z - y, []
        for (W, _), a_in in zip(parameters[::-1], inputs[::-1], strict=True):
            gradients.append((a_in.T @ delta, delta.sum(axis=0)))
            delta = delta @ W.T * (1 - a_in**2)
        return gradients[::-1]

    def tanh_output(X, y, parameters):
        """The output layer is linear: after the last z there is no activation. (E18)"""
        a, inputs = X, []
        for W, b in parameters:
            inputs.append(a)
            a = np.tanh(a @ W + b)
        delta, gradients = 2 * (a - y) / y.size * (1 - a**2), []
        for (W, _), a_in in zip(parameters[::-1], inputs[::-1], strict=True):
            gradients.append((a_in.T @ delta, delta.sum(axis=0)))
            delta = delta @ W.T * (1 - a_in**2)
        return gradients[::-1]

    def no_slope(X, y, parameters):
        """The way back through a hidden unit has its slope as a factor; you left it out. (E14)"""
        a, inputs = X, []
        for W, b in parameters:
            inputs.append(a)
            z = a @ W + b
            a = np.tanh(z)
        delta, gradients = 2 * (z - y) / y.size, []
        for (W, _), a_in in zip(parameters[::-1], inputs[::-1], strict=True):
            gradients.append((a_in.T @ delta, delta.sum(axis=0)))
            delta = delta @ W.T
        return gradients[::-1]

    def slope_of_the_activation(X, y, parameters):
        """You take the slope at a where it is to be taken at z: tanh is applied twice. (E15)"""
        a, inputs = X, []
        for W, b in parameters:
            inputs.append(a)
            z = a @ W + b
            a = np.tanh(z)
        delta, gradients = 2 * (z - y) / y.size, []
        for (W, _), a_in in zip(parameters[::-1], inputs[::-1], strict=True):
            gradients.append((a_in.T @ delta, delta.sum(axis=0)))
            delta = delta @ W.T * (1 - np.tanh(a_in) ** 2)
        return gradients[::-1]

    def slope_like_sigmoid(X, y, parameters):
        """The slope of tanh is not a (1 - a); that would be the sigmoid's. (E15)"""
        a, inputs = X, []
        for W, b in parameters:
            inputs.append(a)
            z = a @ W + b
            a = np.tanh(z)
        delta, gradients = 2 * (z - y) / y.size, []
        for (W, _), a_in in zip(parameters[::-1], inputs[::-1], strict=True):
            gradients.append((a_in.T @ delta, delta.sum(axis=0)))
            delta = delta @ W.T * a_in * (1 - a_in)
        return gradients[::-1]

    def wrong_order(X, y, parameters):
        """You found the gradients from the last layer to the first; return them first to last."""
        a, inputs = X, []
        for W, b in parameters:
            inputs.append(a)
            z = a @ W + b
            a = np.tanh(z)
        delta, gradients = 2 * (z - y) / y.size, []
        for (W, _), a_in in zip(parameters[::-1], inputs[::-1], strict=True):
            gradients.append((a_in.T @ delta, delta.sum(axis=0)))
            delta = delta @ W.T * (1 - a_in**2)
        return gradients

    def no_cache(X, y, parameters):
        """Going back you use names that only the forward pass knew; keep them in a list. (E20)"""
        z = X
        for W, b in parameters:
            z = z @ W + b
        delta, gradients = 2 * (z - y) / y.size, []
        for W, _ in reversed(parameters):
            gradients.append((cache.pop().T @ delta, delta.sum(axis=0)))
            delta = delta @ W.T
        return gradients[::-1]

    def wrong_sign(X, y, parameters):
        """Prediction minus target, not the other way round: the gradient points uphill. (E14)"""
        a, inputs = X, []
        for W, b in parameters:
            inputs.append(a)
            z = a @ W + b
            a = np.tanh(z)
        delta, gradients = 2 * (y - z) / y.size, []
        for (W, _), a_in in zip(parameters[::-1], inputs[::-1], strict=True):
            gradients.append((a_in.T @ delta, delta.sum(axis=0)))
            delta = delta @ W.T * (1 - a_in**2)
        return gradients[::-1]

    def input_of_the_network(X, y, parameters):
        """dW takes the input of its own layer, not that of the whole network. (E18)"""
        a, inputs = X, []
        for W, b in parameters:
            inputs.append(a)
            z = a @ W + b
            a = np.tanh(z)
        delta, gradients = 2 * (z - y) / y.size, []
        for (W, _), a_in in zip(parameters[::-1], inputs[::-1], strict=True):
            gradients.append((X.T @ delta, delta.sum(axis=0)))
            delta = delta @ W.T * (1 - a_in**2)
        return gradients[::-1]


class descent_step:
    def all_three(X, y, parameters, lr):
        """All three mistakes are still there; begin with the slope of the sigmoid. (E28)"""
        (W1, b1), (W2, b2) = parameters
        a1 = 1 / (1 + np.exp(-(X @ W1 + b1)))
        delta2 = (a1 @ W2 + b2 - y) / len(X)
        W2 -= lr * a1.T @ delta2
        b2 -= lr * delta2.sum(axis=0)
        delta1 = delta2 @ W2.T * a1
        W1 -= lr * X.T @ delta1
        b1 -= lr * delta1.sum(axis=0)
        return [(W1, b1), (W2, b2)]

    def new_weights(X, y, parameters, lr):
        """You go back through the new W2; all gradients belong to the old parameters. (E28)"""
        (W1, b1), (W2, b2) = parameters
        a1 = 1 / (1 + np.exp(-(X @ W1 + b1)))
        delta2 = (a1 @ W2 + b2 - y) / len(X)
        W2, b2 = W2 - lr * a1.T @ delta2, b2 - lr * delta2.sum(axis=0)
        delta1 = delta2 @ W2.T * a1 * (1 - a1)
        return [(W1 - lr * X.T @ delta1, b1 - lr * delta1.sum(axis=0)), (W2, b2)]

    def value_for_slope(X, y, parameters, lr):
        """The way back multiplies by the slope of the sigmoid, not by its value. (E15)"""
        (W1, b1), (W2, b2) = parameters
        a1 = 1 / (1 + np.exp(-(X @ W1 + b1)))
        delta2 = (a1 @ W2 + b2 - y) / len(X)
        delta1 = delta2 @ W2.T * a1
        first = (W1 - lr * X.T @ delta1, b1 - lr * delta1.sum(axis=0))
        return [first, (W2 - lr * a1.T @ delta2, b2 - lr * delta2.sum(axis=0))]

    def in_place(X, y, parameters, lr):
        """The numbers are right, but -= has changed the arrays of the caller, too. (E2)"""
        (W1, b1), (W2, b2) = parameters
        a1 = 1 / (1 + np.exp(-(X @ W1 + b1)))
        delta2 = (a1 @ W2 + b2 - y) / len(X)
        delta1 = delta2 @ W2.T * a1 * (1 - a1)
        W2 -= lr * a1.T @ delta2
        b2 -= lr * delta2.sum(axis=0)
        W1 -= lr * X.T @ delta1
        b1 -= lr * delta1.sum(axis=0)
        return [(W1, b1), (W2, b2)]

    def uphill(X, y, parameters, lr):
        """You add the gradient, and the loss rises: step against it. (E7)"""
        (W1, b1), (W2, b2) = parameters
        a1 = 1 / (1 + np.exp(-(X @ W1 + b1)))
        delta2 = (a1 @ W2 + b2 - y) / len(X)
        delta1 = delta2 @ W2.T * a1 * (1 - a1)
        first = (W1 + lr * X.T @ delta1, b1 + lr * delta1.sum(axis=0))
        return [first, (W2 + lr * a1.T @ delta2, b2 + lr * delta2.sum(axis=0))]

    def gradients_for_parameters(X, y, parameters, lr):
        """You return gradients; the step returns new parameters, w minus lr times its gradient."""
        (W1, b1), (W2, b2) = parameters
        a1 = 1 / (1 + np.exp(-(X @ W1 + b1)))
        delta2 = (a1 @ W2 + b2 - y) / len(X)
        delta1 = delta2 @ W2.T * a1 * (1 - a1)
        return [(X.T @ delta1, delta1.sum(axis=0)), (a1.T @ delta2, delta2.sum(axis=0))]

    def shrunk_weights(X, y, parameters, lr):
        """A step subtracts lr times the gradient, and you subtract lr times the new weights too."""
        (W1, b1), (W2, b2) = parameters
        a1 = 1 / (1 + np.exp(-(X @ W1 + b1)))
        delta2 = (a1 @ W2 + b2 - y) / len(X)
        delta1 = delta2 @ W2.T * a1 * (1 - a1)
        dW1, db1 = X.T @ delta1, delta1.sum(axis=0)
        dW2, db2 = a1.T @ delta2, delta2.sum(axis=0)
        pairs = [(W1, dW1), (b1, db1), (W2, dW2), (b2, db2)]
        W1, b1, W2, b2 = ((1 - lr) * (w - lr * dw) for w, dw in pairs)
        return [(W1, b1), (W2, b2)]

    def not_averaged(X, y, parameters, lr):
        """The loss is a mean over the samples, and your gradients are those of a sum. (E17)"""
        (W1, b1), (W2, b2) = parameters
        a1 = 1 / (1 + np.exp(-(X @ W1 + b1)))
        delta2 = a1 @ W2 + b2 - y
        delta1 = delta2 @ W2.T * a1 * (1 - a1)
        first = (W1 - lr * X.T @ delta1, b1 - lr * delta1.sum(axis=0))
        return [first, (W2 - lr * a1.T @ delta2, b2 - lr * delta2.sum(axis=0))]

    def biases_forgotten(X, y, parameters, lr):
        """The biases are parameters, too, and they have not moved. (E6)"""
        (W1, b1), (W2, b2) = parameters
        a1 = 1 / (1 + np.exp(-(X @ W1 + b1)))
        delta2 = (a1 @ W2 + b2 - y) / len(X)
        delta1 = delta2 @ W2.T * a1 * (1 - a1)
        return [(W1 - lr * X.T @ delta1, b1), (W2 - lr * a1.T @ delta2, b2)]


class train_classifier:
    def first_rung(X, y, parameters, lr, steps):
        """On the first rung: nobody has defined hidden_size, and b1 needs no reshape. (E19)"""
        (W1, b1), (_, _) = parameters
        return np.maximum(X @ W1 + b1.reshape(1, hidden_size), 0)

    def second_rung(X, y, parameters, lr, steps):
        """On the second rung: db1 needs a sum over the samples, which are axis 0. (E19)"""
        (W1, b1), (W2, b2) = parameters
        n, losses = len(X), []
        for _ in range(steps):
            z1 = X @ W1 + b1
            a1 = np.maximum(z1, 0)
            y_hat = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
            losses.append(-np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)))
            delta2 = (y_hat - y) / n
            delta1 = delta2 @ W2.T * (z1 > 0)
            W1, b1 = W1 - lr * X.T @ delta1, b1 - lr * np.sum(delta1, axis=1)
            W2, b2 = W2 - lr * a1.T @ delta2, b2 - lr * np.sum(delta2, axis=0)
        return [(W1, b1), (W2, b2)], np.array(losses)

    def third_rung(X, y, parameters, lr, steps):
        """On the third rung: a ReLU gives no probability, so the logarithm fails. (E19)"""
        (W1, b1), (W2, b2) = parameters
        n, losses = len(X), []
        for _ in range(steps):
            z1 = X @ W1 + b1
            a1 = np.maximum(z1, 0)
            y_hat = np.maximum(a1 @ W2 + b2, 0)
            losses.append(-np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)))
            delta2 = (y_hat - y) / n
            delta1 = delta2 @ W2.T * (z1 > 0)
            W1, b1 = W1 - lr * X.T @ delta1, b1 - lr * np.sum(delta1, axis=0)
            W2, b2 = W2 - lr * a1.T @ delta2, b2 - lr * np.sum(delta2, axis=0)
        return [(W1, b1), (W2, b2)], np.array(losses)

    def fourth_rung(X, y, parameters, lr, steps):
        """On the last rung: the mean over n samples has the factor 1/n, not 1/(2n). (E19)"""
        (W1, b1), (W2, b2) = parameters
        n, losses = len(X), []
        for _ in range(steps):
            z1 = X @ W1 + b1
            a1 = np.maximum(z1, 0)
            y_hat = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
            losses.append(-np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)))
            delta2 = (y_hat - y) / (2 * n)
            delta1 = delta2 @ W2.T * (z1 > 0)
            W1, b1 = W1 - lr * X.T @ delta1, b1 - lr * np.sum(delta1, axis=0)
            W2, b2 = W2 - lr * a1.T @ delta2, b2 - lr * np.sum(delta2, axis=0)
        return [(W1, b1), (W2, b2)], np.array(losses)

    def one_bias_for_all(X, y, parameters, lr, steps):
        """Without an axis the sum is one number, and all units get the same bias. (E19)"""
        (W1, b1), (W2, b2) = parameters
        n, losses = len(X), []
        for _ in range(steps):
            z1 = X @ W1 + b1
            a1 = np.maximum(z1, 0)
            y_hat = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
            losses.append(-np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)))
            delta2 = (y_hat - y) / n
            delta1 = delta2 @ W2.T * (z1 > 0)
            W1, b1 = W1 - lr * X.T @ delta1, b1 - lr * np.sum(delta1)
            W2, b2 = W2 - lr * a1.T @ delta2, b2 - lr * np.sum(delta2)
        return [(W1, b1), (W2, b2)], np.array(losses)

    def slope_of_the_sigmoid(X, y, parameters, lr, steps):
        """With binary cross-entropy the slope of the sigmoid cancels; you multiply by it. (E9)"""
        (W1, b1), (W2, b2) = parameters
        n, losses = len(X), []
        for _ in range(steps):
            z1 = X @ W1 + b1
            a1 = np.maximum(z1, 0)
            y_hat = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
            losses.append(-np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)))
            delta2 = (y_hat - y) / n * y_hat * (1 - y_hat)
            delta1 = delta2 @ W2.T * (z1 > 0)
            W1, b1 = W1 - lr * X.T @ delta1, b1 - lr * np.sum(delta1, axis=0)
            W2, b2 = W2 - lr * a1.T @ delta2, b2 - lr * np.sum(delta2, axis=0)
        return [(W1, b1), (W2, b2)], np.array(losses)

    def loss_after_the_step(X, y, parameters, lr, steps):
        """The losses are those before each step, so the first belongs to the parameters given."""
        (W1, b1), (W2, b2) = parameters
        n, losses = len(X), []
        for _ in range(steps):
            z1 = X @ W1 + b1
            a1 = np.maximum(z1, 0)
            y_hat = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
            delta2 = (y_hat - y) / n
            delta1 = delta2 @ W2.T * (z1 > 0)
            W1, b1 = W1 - lr * X.T @ delta1, b1 - lr * np.sum(delta1, axis=0)
            W2, b2 = W2 - lr * a1.T @ delta2, b2 - lr * np.sum(delta2, axis=0)
            y_hat = 1 / (1 + np.exp(-(np.maximum(X @ W1 + b1, 0) @ W2 + b2)))
            losses.append(-np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)))
        return [(W1, b1), (W2, b2)], np.array(losses)

    def not_averaged(X, y, parameters, lr, steps):
        """The loss is a mean over the samples; divide its gradient by their number. (E19)"""
        (W1, b1), (W2, b2) = parameters
        losses = []
        for _ in range(steps):
            z1 = X @ W1 + b1
            a1 = np.maximum(z1, 0)
            y_hat = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
            losses.append(-np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)))
            delta2 = y_hat - y
            delta1 = delta2 @ W2.T * (z1 > 0)
            W1, b1 = W1 - lr * X.T @ delta1, b1 - lr * np.sum(delta1, axis=0)
            W2, b2 = W2 - lr * a1.T @ delta2, b2 - lr * np.sum(delta2, axis=0)
        return [(W1, b1), (W2, b2)], np.array(losses)

    def term_missing(X, y, parameters, lr, steps):
        """A target of 0 costs something, too; your losses lack the term with 1 - y. (E9)"""
        (W1, b1), (W2, b2) = parameters
        n, losses = len(X), []
        for _ in range(steps):
            z1 = X @ W1 + b1
            a1 = np.maximum(z1, 0)
            y_hat = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
            losses.append(-np.mean(y * np.log(y_hat)))
            delta2 = (y_hat - y) / n
            delta1 = delta2 @ W2.T * (z1 > 0)
            W1, b1 = W1 - lr * X.T @ delta1, b1 - lr * np.sum(delta1, axis=0)
            W2, b2 = W2 - lr * a1.T @ delta2, b2 - lr * np.sum(delta2, axis=0)
        return [(W1, b1), (W2, b2)], np.array(losses)


class tied_steps:
    def first_path_only(X, W):
        """Gap 3 has two paths: W also makes the output from a. (E4)"""
        a = np.tanh(X @ W)
        delta_out = 2 * (a @ W.T - X) / X.size
        delta = delta_out @ W * (1 - a**2)
        return delta_out, delta, X.T @ delta

    def second_path_only(X, W):
        """Gap 3 has two paths: W also makes z from X. (E4)"""
        a = np.tanh(X @ W)
        delta_out = 2 * (a @ W.T - X) / X.size
        delta = delta_out @ W * (1 - a**2)
        return delta_out, delta, delta_out.T @ a

    def averaged_paths(X, W):
        """The effects of the two paths add up; you take their mean. (E4)"""
        a = np.tanh(X @ W)
        delta_out = 2 * (a @ W.T - X) / X.size
        delta = delta_out @ W * (1 - a**2)
        return delta_out, delta, (X.T @ delta + delta_out.T @ a) / 2

    def target_ignored(X, W):
        """Gap 1 compares the output with the target, which is X. (E21)"""
        a = np.tanh(X @ W)
        delta_out = 2 * (a @ W.T) / X.size
        delta = delta_out @ W * (1 - a**2)
        return delta_out, delta, X.T @ delta + delta_out.T @ a

    def mean_over_rows(X, W):
        """The mean of the loss goes over all n d elements. (E17)"""
        a = np.tanh(X @ W)
        delta_out = 2 * (a @ W.T - X) / len(X)
        delta = delta_out @ W * (1 - a**2)
        return delta_out, delta, X.T @ delta + delta_out.T @ a

    def no_slope(X, W):
        """Gap 2 is the gradient for z, and you stopped at a: the slope of tanh is missing. (E3)"""
        a = np.tanh(X @ W)
        delta_out = 2 * (a @ W.T - X) / X.size
        delta = delta_out @ W
        return delta_out, delta, X.T @ delta + delta_out.T @ a

    def divided_by_slope(X, W):
        """The chain rule multiplies by the slope; dividing goes the wrong way. (E3)"""
        a = np.tanh(X @ W)
        delta_out = 2 * (a @ W.T - X) / X.size
        delta = delta_out @ W / (1 - a**2)
        return delta_out, delta, X.T @ delta + delta_out.T @ a

    def slope_of_a(X, W):
        """The slope of tanh at z is 1 - a²; you apply tanh to a once more. (E15)"""
        a = np.tanh(X @ W)
        delta_out = 2 * (a @ W.T - X) / X.size
        delta = delta_out @ W * (1 - np.tanh(a) ** 2)
        return delta_out, delta, X.T @ delta + delta_out.T @ a

    def not_transposed(X, W):
        """The gradient for V has the shape of W transposed; turn it before you add. (E11)"""
        a = np.tanh(X @ W)
        delta_out = 2 * (a @ W.T - X) / X.size
        delta = delta_out @ W * (1 - a**2)
        return delta_out, delta, X.T @ delta + a.T @ delta_out

    def wrong_sign(X, W):
        """Output minus target, not the other way round. (E14)"""
        a = np.tanh(X @ W)
        delta_out = 2 * (X - a @ W.T) / X.size
        delta = delta_out @ W * (1 - a**2)
        return delta_out, delta, X.T @ delta + delta_out.T @ a


class output_delta:
    def always_difference(z, y, pairing):
        """Output minus target fits three of the pairings; differentiate the fourth. (E9)"""
        if pairing == "linear + half SSE":
            return (z - y) / len(z)
        if pairing == "softmax + CE":
            e = np.exp(z - z.max(axis=1, keepdims=True))
            return (e / e.sum(axis=1, keepdims=True) - y) / len(z)
        return (1 / (1 + np.exp(-z)) - y) / len(z)

    def not_averaged(z, y, pairing):
        """These are the gradients of one sample's loss; L is the mean over the samples. (E17)"""
        a = 1 / (1 + np.exp(-z))
        e = np.exp(z - z.max(axis=1, keepdims=True))
        deltas = {"linear + half SSE": z - y, "sigmoid + BCE": a - y, "sigmoid + CE": y * (a - 1)}
        return deltas.get(pairing, e / e.sum(axis=1, keepdims=True) - y)

    def mean_over_elements(z, y, pairing):
        """A sample's loss is a sum over its outputs; the mean goes over the samples only. (E17)"""
        a = 1 / (1 + np.exp(-z))
        e = np.exp(z - z.max(axis=1, keepdims=True))
        deltas = {"linear + half SSE": z - y, "sigmoid + BCE": a - y, "sigmoid + CE": y * (a - 1)}
        return deltas.get(pairing, e / e.sum(axis=1, keepdims=True) - y) / z.size

    def wrong_sign(z, y, pairing):
        """All signs are turned round: output minus target. (E14)"""
        a = 1 / (1 + np.exp(-z))
        e = np.exp(z - z.max(axis=1, keepdims=True))
        deltas = {"linear + half SSE": z - y, "sigmoid + BCE": a - y, "sigmoid + CE": y * (a - 1)}
        return -deltas.get(pairing, e / e.sum(axis=1, keepdims=True) - y) / len(z)

    def with_respect_to_the_output(z, y, pairing):
        """You stopped at the output of the sigmoid; go one step further, to the logits. (E16)"""
        a = 1 / (1 + np.exp(-z))
        e = np.exp(z - z.max(axis=1, keepdims=True))
        deltas = {"linear + half SSE": z - y, "sigmoid + CE": -y / a}
        deltas["sigmoid + BCE"] = (1 - y) / (1 - a) - y / a
        return deltas.get(pairing, e / e.sum(axis=1, keepdims=True) - y) / len(z)

    def slope_twice(z, y, pairing):
        """With binary cross-entropy the slope of the sigmoid cancels; you kept it. (E9)"""
        a = 1 / (1 + np.exp(-z))
        e = np.exp(z - z.max(axis=1, keepdims=True))
        deltas = {"linear + half SSE": z - y, "sigmoid + CE": y * (a - 1)}
        deltas["sigmoid + BCE"] = (a - y) * a * (1 - a)
        return deltas.get(pairing, e / e.sum(axis=1, keepdims=True) - y) / len(z)

    def difference_where_y_is_1(z, y, pairing):
        """For softmax a wrong class has a gradient, too: its logit lowers the right one's share."""
        a = 1 / (1 + np.exp(-z))
        e = np.exp(z - z.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        deltas = {"linear + half SSE": z - y, "sigmoid + BCE": a - y, "sigmoid + CE": y * (a - 1)}
        return deltas.get(pairing, y * (p - 1)) / len(z)

    def overflow(z, y, pairing):
        """The formulas are right; shift each row so that no exponential overflows. (E10)"""
        a, e = 1 / (1 + np.exp(-z)), np.exp(z)
        deltas = {"linear + half SSE": z - y, "sigmoid + BCE": a - y, "sigmoid + CE": y * (a - 1)}
        return deltas.get(pairing, e / e.sum(axis=1, keepdims=True) - y) / len(z)

    def softmax_down_the_samples(z, y, pairing):
        """The probabilities of one sample have the sum 1: the softmax runs along axis 1. (E11)"""
        a = 1 / (1 + np.exp(-z))
        e = np.exp(z - z.max(axis=0))
        deltas = {"linear + half SSE": z - y, "sigmoid + BCE": a - y, "sigmoid + CE": y * (a - 1)}
        return deltas.get(pairing, e / e.sum(axis=0) - y) / len(z)
