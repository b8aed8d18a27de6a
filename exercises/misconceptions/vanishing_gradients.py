"""Wrong answers to the tasks of exercises/vanishing_gradients.md, each with a sentence of advice.

A class for each task, a function for each mistake, with the parameters of the task. The grader
pastes a function's source into a notebook, so it uses nothing but `np`, its parameters and its own
names. (E…) is the number of an erratum that the mistake comes from.
"""

# ruff: noqa: ANN001, ANN201, N805
import numpy as np


class leaky_he_std:
    def plain_he(d_in, slope=0.01):
        """This is the rule for ReLU; the leak keeps a part of the signal, so smaller weights do."""
        return np.sqrt(2 / d_in)

    def nothing_lost(d_in, slope=0.01):
        """For slope 0 half of the mean square is lost, and you must get He's rule."""
        return np.sqrt(1 / d_in)

    def variance(d_in, slope=0.01):
        """You return the variance of the weights; the standard deviation is its square root."""
        return 2 / ((1 + slope**2) * d_in)

    def slope_not_squared(d_in, slope=0.01):
        """The mean of f(z)² is asked for: the slope counts by its square."""
        return np.sqrt(2 / ((1 + abs(slope)) * d_in))

    def square_of_the_mean_slope(d_in, slope=0.01):
        """Average the squares of the two slopes, not the slopes themselves."""
        return 1 / np.sqrt(d_in * ((1 + slope) / 2) ** 2)

    def loss_for_gain(d_in, slope=0.01):
        """The part below 0 adds to the mean square, it takes nothing away from it."""
        return np.sqrt(2 / ((1 - slope**2) * d_in))

    def inverted(d_in, slope=0.01):
        """A larger slope keeps more of the signal; should the weights grow with it?"""
        return np.sqrt(2 * (1 + slope**2) / d_in)

    def uniform_bound(d_in, slope=0.01):
        """This is the bound of a uniform distribution, which is √3 times its standard deviation."""
        return np.sqrt(6 / ((1 + slope**2) * d_in))


class dead_units:
    def zero_is_alive(z):
        """At z = 0 the slope of ReLU counts as 0, so a unit that only reaches 0 is dead. (E15)"""
        return np.all(z < 0, axis=0)

    def asleep_once(z):
        """Every unit is off for some samples; a dead one is off for all of them."""
        return np.any(z <= 0, axis=0)

    def negative_mean(z):
        """A mean below zero is not enough: one positive sample keeps the unit alive."""
        return np.mean(z, axis=0) <= 0

    def alive(z):
        """Your result is the opposite: True stands for the units that are alive."""
        return np.any(z > 0, axis=0)

    def samples(z):
        """You look along the units of one sample; a column belongs to a unit, a row to a sample."""
        return np.all(z <= 0, axis=1)

    def exactly_zero(z):
        """The arguments are pre-activations; where ReLU gives 0, they are 0 or negative."""
        return np.all(z == 0, axis=0)

    def share(z):
        """You return a share of the samples; the task asks whether a unit is off for all."""
        return np.mean(z <= 0, axis=0)

    def numbers(z):
        """The answers are right, but of the wrong type: return an array of bool."""
        return np.all(z <= 0, axis=0).astype(float)

    def places(z):
        """You return the places of the dead units; the task asks for True or False of each unit."""
        return np.flatnonzero(np.all(z <= 0, axis=0))


class clip_by_norm:
    def both_mistakes(gradients, max_norm):
        """Both mistakes are still there: the norm is that of one array, and nothing is compared."""
        return [g * max_norm / np.sqrt(np.sum(g.astype(float) ** 2)) for g in gradients]

    def each_by_itself(gradients, max_norm):
        """Clipped array by array, the whole gradient changes its direction. (E31)"""
        norms = [np.sqrt(np.sum(g.astype(float) ** 2)) for g in gradients]
        return [
            (g * min(1.0, max_norm / max(norm, 1e-300))).astype(g.dtype)
            for g, norm in zip(gradients, norms, strict=True)
        ]

    def always_stretched(gradients, max_norm):
        """A short gradient must stay short: stretching noise to full length cures nothing. (E31)"""
        norm = np.sqrt(sum(np.sum(g.astype(float) ** 2) for g in gradients))
        return [(g * (max_norm / norm)).astype(g.dtype) for g in gradients]

    def by_value(gradients, max_norm):
        """You clip each entry, which changes the direction; clip the length of the whole. (E31)"""
        return [np.clip(g, -max_norm, max_norm) for g in gradients]

    def overflow(gradients, max_norm):
        """The formula is right, but the squares of large float32 numbers overflow."""
        norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
        if norm <= max_norm:
            return [g.copy() for g in gradients]
        return [g * (max_norm / norm).astype(g.dtype) for g in gradients]

    def squared_norm(gradients, max_norm):
        """You compare the square of the norm with the bound; the root is missing."""
        norm = sum(np.sum(g.astype(float) ** 2) for g in gradients)
        factor = max_norm / norm if norm > max_norm else 1.0
        return [(g * factor).astype(g.dtype) for g in gradients]

    def sum_of_norms(gradients, max_norm):
        """Norms of parts do not add up to the norm of the whole; their squares do."""
        norm = sum(np.sqrt(np.sum(g.astype(float) ** 2)) for g in gradients)
        factor = max_norm / norm if norm > max_norm else 1.0
        return [(g * factor).astype(g.dtype) for g in gradients]

    def little_too_short(gradients, max_norm):
        """The result is a little too short: a norm above the bound is not 0, so add no epsilon."""
        norm = np.sqrt(sum(np.sum(g.astype(float) ** 2) for g in gradients))
        factor = min(1.0, max_norm / (norm + 1e-6))
        return [(g * factor).astype(g.dtype) for g in gradients]

    def largest_entry(gradients, max_norm):
        """You measure the largest entry; the norm is the root of the sum of all squares."""
        norm = max(np.max(np.abs(g.astype(float))) for g in gradients)
        factor = max_norm / norm if norm > max_norm else 1.0
        return [(g * factor).astype(g.dtype) for g in gradients]

    def in_place(gradients, max_norm):
        """Your code changes the arrays that it was given; compute new ones."""
        norm = np.sqrt(sum(np.sum(g.astype(float) ** 2) for g in gradients))
        for g in gradients:
            g *= min(1.0, max_norm / max(norm, 1e-300))
        return gradients

    def thrown_away(gradients, max_norm):
        """A gradient that is too long is shortened, not thrown away: its direction is good."""
        norm = np.sqrt(sum(np.sum(g.astype(float) ** 2) for g in gradients))
        return [g * g.dtype.type(norm <= max_norm) for g in gradients]


class running_statistics:
    def divided_by_n(z, mean, var, momentum=0.1):
        """The variance of a batch is too small on average: divide by n - 1."""
        new_mean = (1 - momentum) * mean + momentum * z.mean(axis=0)
        return new_mean, (1 - momentum) * var + momentum * z.var(axis=0)

    def momentum_exchanged(z, mean, var, momentum=0.1):
        """The momentum is the weight of the batch here, not that of the old value."""
        new_mean = momentum * mean + (1 - momentum) * z.mean(axis=0)
        return new_mean, momentum * var + (1 - momentum) * z.var(axis=0, ddof=1)

    def deviation(z, mean, var, momentum=0.1):
        """The running variance collects variances, not standard deviations."""
        new_mean = (1 - momentum) * mean + momentum * z.mean(axis=0)
        return new_mean, (1 - momentum) * var + momentum * z.std(axis=0, ddof=1)

    def around_the_running_mean(z, mean, var, momentum=0.1):
        """The variance of the batch is taken around the mean of the batch, not the running one."""
        new_mean = (1 - momentum) * mean + momentum * z.mean(axis=0)
        spread = np.sum((z - new_mean) ** 2, axis=0) / (len(z) - 1)
        return new_mean, (1 - momentum) * var + momentum * spread

    def batch_only(z, mean, var, momentum=0.1):
        """You return the statistics of the batch; where have the old ones gone?"""
        return z.mean(axis=0), z.var(axis=0, ddof=1)

    def added(z, mean, var, momentum=0.1):
        """The old value must lose what the batch gains, or the statistics grow without end."""
        return mean + momentum * z.mean(axis=0), var + momentum * z.var(axis=0, ddof=1)

    def everything(z, mean, var, momentum=0.1):
        """Each column has statistics of its own; yours are those of the whole array."""
        new_mean = (1 - momentum) * mean + momentum * z.mean()
        return new_mean, (1 - momentum) * var + momentum * z.var(ddof=1)

    def rows(z, mean, var, momentum=0.1):
        """The statistics of a unit run down its column: axis 0."""
        new_mean = (1 - momentum) * mean + momentum * z.mean(axis=1)
        return new_mean, (1 - momentum) * var + momentum * z.var(axis=1, ddof=1)

    def correction_on_the_whole(z, mean, var, momentum=0.1):
        """Correct the variance of the batch by n / (n - 1), not what has been collected already."""
        n = len(z)
        new_mean = (1 - momentum) * mean + momentum * z.mean(axis=0)
        return new_mean, ((1 - momentum) * var + momentum * z.var(axis=0)) * n / (n - 1)


class delta_norms:
    def weights_forgotten(delta, weights, slopes):
        """You follow the slopes alone; each layer multiplies by its weights as well. (E12)"""
        norms = [np.linalg.norm(delta)]
        for slope in slopes[::-1]:
            delta = np.linalg.norm(delta, axis=1, keepdims=True) * slope
            norms.append(np.linalg.norm(delta))
        return np.array(norms[::-1])

    def slopes_forgotten(delta, weights, slopes):
        """You follow the weights alone; each layer multiplies by its slopes as well. (E12)"""
        norms = [np.linalg.norm(delta)]
        for W in weights[::-1]:
            delta = delta @ W.T
            norms.append(np.linalg.norm(delta))
        return np.array(norms[::-1])

    def not_transposed(delta, weights, slopes):
        """Going back, the weights are transposed: W has shape (d_in, d_out), delta (n, d_out)."""
        norms = [np.linalg.norm(delta)]
        for W, slope in zip(weights[::-1], slopes[::-1], strict=True):
            delta = delta @ W * slope
            norms.append(np.linalg.norm(delta))
        return np.array(norms[::-1])

    def last_first(delta, weights, slopes):
        """The norms are right, in the wrong order: that of the first layer comes first."""
        norms = [np.linalg.norm(delta)]
        for W, slope in zip(weights[::-1], slopes[::-1], strict=True):
            delta = delta @ W.T * slope
            norms.append(np.linalg.norm(delta))
        return np.array(norms)

    def squares(delta, weights, slopes):
        """You return the squares of the norms."""
        norms = [np.sum(delta**2)]
        for W, slope in zip(weights[::-1], slopes[::-1], strict=True):
            delta = delta @ W.T * slope
            norms.append(np.sum(delta**2))
        return np.array(norms[::-1])

    def last_left_out(delta, weights, slopes):
        """A network of K layers has K deltas: that of the last layer counts, too."""
        norms = []
        for W, slope in zip(weights[::-1], slopes[::-1], strict=True):
            delta = delta @ W.T * slope
            norms.append(np.linalg.norm(delta))
        return np.array(norms[::-1])

    def slope_too_early(delta, weights, slopes):
        """The slopes of a layer come after the weights have led back to it: look at the shapes."""
        norms = [np.linalg.norm(delta)]
        for W, slope in zip(weights[::-1], slopes[::-1], strict=True):
            delta = delta * slope @ W.T
            norms.append(np.linalg.norm(delta))
        return np.array(norms[::-1])

    def bound(delta, weights, slopes):
        """Multiplying norms gives a bound; the product itself can be much shorter. (E12)"""
        norms = [np.linalg.norm(delta)]
        for W, slope in zip(weights[::-1], slopes[::-1], strict=True):
            norms.append(norms[-1] * np.linalg.norm(W) * np.max(slope))
        return np.array(norms[::-1])

    def mean_over_samples(delta, weights, slopes):
        """The norm adds up the squares of all entries; yours is a mean of the norms of the rows."""
        norms = [np.mean(np.linalg.norm(delta, axis=1))]
        for W, slope in zip(weights[::-1], slopes[::-1], strict=True):
            delta = delta @ W.T * slope
            norms.append(np.mean(np.linalg.norm(delta, axis=1)))
        return np.array(norms[::-1])

    def largest_entry(delta, weights, slopes):
        """You return the largest entry of each delta; the norm is made of all entries."""
        norms = [np.max(np.abs(delta))]
        for W, slope in zip(weights[::-1], slopes[::-1], strict=True):
            delta = delta @ W.T * slope
            norms.append(np.max(np.abs(delta)))
        return np.array(norms[::-1])


class fold_batch_norm:
    def mean_forgotten(W, b, gamma, beta, mean, var, eps=1e-5):
        """Without any input the layer gives b, and the mean is subtracted from that, too."""
        scale = gamma / np.sqrt(var + eps)
        return W * scale, b * scale + beta

    def bias_not_scaled(W, b, gamma, beta, mean, var, eps=1e-5):
        """The old bias is a part of z, so it is divided and multiplied like all of z."""
        scale = gamma / np.sqrt(var + eps)
        return W * scale, b - mean * scale + beta

    def bias_lost(W, b, gamma, beta, mean, var, eps=1e-5):
        """The running mean is that of z with its bias: subtracting it does not remove b."""
        scale = gamma / np.sqrt(var + eps)
        return W * scale, beta - mean * scale

    def beta_scaled(W, b, gamma, beta, mean, var, eps=1e-5):
        """The shift beta is added last, so nothing scales it."""
        scale = gamma / np.sqrt(var + eps)
        return W * scale, (b - mean + beta) * scale

    def root_forgotten(W, b, gamma, beta, mean, var, eps=1e-5):
        """You divide by the variance; the normalisation divides by its root."""
        scale = gamma / (var + eps)
        return W * scale, (b - mean) * scale + beta

    def eps_forgotten(W, b, gamma, beta, mean, var, eps=1e-5):
        """Nearly right: the normalisation has an eps, and so must your layer."""
        scale = gamma / np.sqrt(var)
        return W * scale, (b - mean) * scale + beta

    def eps_outside(W, b, gamma, beta, mean, var, eps=1e-5):
        """Look where eps stands: it is added to the variance, under the root."""
        scale = gamma / (np.sqrt(var) + eps)
        return W * scale, (b - mean) * scale + beta

    def gamma_forgotten(W, b, gamma, beta, mean, var, eps=1e-5):
        """Your layer standardises, but the normalisation then multiplies by gamma. (E31)"""
        scale = 1 / np.sqrt(var + eps)
        return W * scale, (b - mean) * scale + beta

    def rows_scaled(W, b, gamma, beta, mean, var, eps=1e-5):
        """Each output has its own factor, and an output belongs to a column of W, not to a row."""
        scale = gamma / np.sqrt(var + eps)
        return W * scale[:, None], (b - mean) * scale + beta

    def weights_untouched(W, b, gamma, beta, mean, var, eps=1e-5):
        """The bias is right, but all of z is scaled, so the weights must change, too."""
        scale = gamma / np.sqrt(var + eps)
        return W.copy(), (b - mean) * scale + beta


class highway_steps:
    def straight_way_forgotten(dy, x, W_h, b_h, W_t, b_t):
        """Gap 3 lacks the straight way, the one that keeps the gradient alive. (E4)"""
        h, t = np.tanh(x @ W_h + b_h), 1 / (1 + np.exp(-(x @ W_t + b_t)))
        dz_h, dz_t = dy * t * (1 - h**2), dy * (h - x) * t * (1 - t)
        return dz_h, dz_t, dz_h @ W_h.T + dz_t @ W_t.T

    def gate_is_constant(dy, x, W_h, b_h, W_t, b_t):
        """The gate depends on x, too, so a third way leads back through it. (E4)"""
        h, t = np.tanh(x @ W_h + b_h), 1 / (1 + np.exp(-(x @ W_t + b_t)))
        dz_h, dz_t = dy * t * (1 - h**2), dy * (h - x) * t * (1 - t)
        return dz_h, dz_t, dy * (1 - t) + dz_h @ W_h.T

    def plain_residual(dy, x, W_h, b_h, W_t, b_t):
        """A plain residual connection hands back all of g; here the gate takes its share."""
        h, t = np.tanh(x @ W_h + b_h), 1 / (1 + np.exp(-(x @ W_t + b_t)))
        dz_h, dz_t = dy * t * (1 - h**2), dy * (h - x) * t * (1 - t)
        return dz_h, dz_t, dy + dz_h @ W_h.T + dz_t @ W_t.T

    def one_term_of_the_gate(dy, x, W_h, b_h, W_t, b_t):
        """The output contains t twice: opening the gate lets h in and shuts x out."""
        h, t = np.tanh(x @ W_h + b_h), 1 / (1 + np.exp(-(x @ W_t + b_t)))
        dz_h, dz_t = dy * t * (1 - h**2), dy * h * t * (1 - t)
        return dz_h, dz_t, dy * (1 - t) + dz_h @ W_h.T + dz_t @ W_t.T

    def sign_of_the_gate(dy, x, W_h, b_h, W_t, b_t):
        """Check the sign of gap 2: which of h and x does a wider gate bring in? (E14)"""
        h, t = np.tanh(x @ W_h + b_h), 1 / (1 + np.exp(-(x @ W_t + b_t)))
        dz_h, dz_t = dy * t * (1 - h**2), dy * (x - h) * t * (1 - t)
        return dz_h, dz_t, dy * (1 - t) + dz_h @ W_h.T + dz_t @ W_t.T

    def slope_of_tanh(dy, x, W_h, b_h, W_t, b_t):
        """The slope of tanh is 1 - tanh², not the product that belongs to the sigmoid. (E15)"""
        h, t = np.tanh(x @ W_h + b_h), 1 / (1 + np.exp(-(x @ W_t + b_t)))
        dz_h, dz_t = dy * t * h * (1 - h**2), dy * (h - x) * t * (1 - t)
        return dz_h, dz_t, dy * (1 - t) + dz_h @ W_h.T + dz_t @ W_t.T

    def tanh_twice(dy, x, W_h, b_h, W_t, b_t):
        """Expressed by h the slope is 1 - h²; you have applied tanh to h once more. (E15)"""
        h, t = np.tanh(x @ W_h + b_h), 1 / (1 + np.exp(-(x @ W_t + b_t)))
        dz_h, dz_t = dy * t * (1 - np.tanh(h) ** 2), dy * (h - x) * t * (1 - t)
        return dz_h, dz_t, dy * (1 - t) + dz_h @ W_h.T + dz_t @ W_t.T

    def slope_of_the_gate_forgotten(dy, x, W_h, b_h, W_t, b_t):
        """Gap 2 belongs to the pre-activation of the gate: the slope of the sigmoid is missing."""
        h, t = np.tanh(x @ W_h + b_h), 1 / (1 + np.exp(-(x @ W_t + b_t)))
        dz_h, dz_t = dy * t * (1 - h**2), dy * (h - x)
        return dz_h, dz_t, dy * (1 - t) + dz_h @ W_h.T + dz_t @ W_t.T

    def gate_forgotten_in_gap_1(dy, x, W_h, b_h, W_t, b_t):
        """In gap 1 the gate is missing: the output contains t times h."""
        h, t = np.tanh(x @ W_h + b_h), 1 / (1 + np.exp(-(x @ W_t + b_t)))
        dz_h, dz_t = dy * (1 - h**2), dy * (h - x) * t * (1 - t)
        return dz_h, dz_t, dy * (1 - t) + dz_h @ W_h.T + dz_t @ W_t.T

    def not_transposed(dy, x, W_h, b_h, W_t, b_t):
        """Going back, the weights are transposed; with square matrices no shape tells you. (E11)"""
        h, t = np.tanh(x @ W_h + b_h), 1 / (1 + np.exp(-(x @ W_t + b_t)))
        dz_h, dz_t = dy * t * (1 - h**2), dy * (h - x) * t * (1 - t)
        return dz_h, dz_t, dy * (1 - t) + dz_h @ W_h + dz_t @ W_t


class layer_norm_gradient:
    def batch_norm_transposed(dy, z, gamma, eps=1e-5):
        """Gamma differs within a row, so it must not stand in front of the means."""
        s = np.sqrt(z.var(axis=1, keepdims=True) + eps)
        z_hat = (z - z.mean(axis=1, keepdims=True)) / s
        inner = dy - dy.mean(axis=1, keepdims=True)
        inner = inner - z_hat * (dy * z_hat).mean(axis=1, keepdims=True)
        return gamma * inner / s, (dy * z_hat).sum(axis=0), dy.sum(axis=0)

    def batch_norm(dy, z, gamma, eps=1e-5):
        """This normalises the columns; layer normalisation runs along the units of a sample."""
        s = np.sqrt(z.var(axis=0) + eps)
        z_hat = (z - z.mean(axis=0)) / s
        g = gamma * dy
        dz = (g - g.mean(axis=0) - z_hat * (g * z_hat).mean(axis=0)) / s
        return dz, (dy * z_hat).sum(axis=0), dy.sum(axis=0)

    def statistics_are_constants(dy, z, gamma, eps=1e-5):
        """The mean and s depend on z, too: a change of one entry moves the whole row. (E4)"""
        s = np.sqrt(z.var(axis=1, keepdims=True) + eps)
        z_hat = (z - z.mean(axis=1, keepdims=True)) / s
        return gamma * dy / s, (dy * z_hat).sum(axis=0), dy.sum(axis=0)

    def deviation_is_constant(dy, z, gamma, eps=1e-5):
        """You have the way through the mean, but s depends on z as well. (E4)"""
        s = np.sqrt(z.var(axis=1, keepdims=True) + eps)
        z_hat = (z - z.mean(axis=1, keepdims=True)) / s
        g = gamma * dy
        dz = (g - g.mean(axis=1, keepdims=True)) / s
        return dz, (dy * z_hat).sum(axis=0), dy.sum(axis=0)

    def mean_is_constant(dy, z, gamma, eps=1e-5):
        """You have the way through s, but the mean depends on z as well. (E4)"""
        s = np.sqrt(z.var(axis=1, keepdims=True) + eps)
        z_hat = (z - z.mean(axis=1, keepdims=True)) / s
        g = gamma * dy
        dz = (g - z_hat * (g * z_hat).mean(axis=1, keepdims=True)) / s
        return dz, (dy * z_hat).sum(axis=0), dy.sum(axis=0)

    def gamma_forgotten(dy, z, gamma, eps=1e-5):
        """Between y and z_hat lies the factor gamma; your dz does not contain it."""
        s = np.sqrt(z.var(axis=1, keepdims=True) + eps)
        z_hat = (z - z.mean(axis=1, keepdims=True)) / s
        inner = dy - dy.mean(axis=1, keepdims=True)
        inner = inner - z_hat * (dy * z_hat).mean(axis=1, keepdims=True)
        return inner / s, (dy * z_hat).sum(axis=0), dy.sum(axis=0)

    def gamma_per_sample(dy, z, gamma, eps=1e-5):
        """A gamma belongs to a unit and serves all samples: its gradient sums over axis 0. (E11)"""
        s = np.sqrt(z.var(axis=1, keepdims=True) + eps)
        z_hat = (z - z.mean(axis=1, keepdims=True)) / s
        g = gamma * dy
        dz = (g - g.mean(1)[:, None] - z_hat * (g * z_hat).mean(1)[:, None]) / s
        return dz, (dy * z_hat).sum(axis=1), dy.sum(axis=1)

    def averaged_over_samples(dy, z, gamma, eps=1e-5):
        """The samples add up for gamma and beta: a mean over them is already in dy. (E11)"""
        s = np.sqrt(z.var(axis=1, keepdims=True) + eps)
        z_hat = (z - z.mean(axis=1, keepdims=True)) / s
        g = gamma * dy
        dz = (g - g.mean(1)[:, None] - z_hat * (g * z_hat).mean(1)[:, None]) / s
        return dz, (dy * z_hat).mean(axis=0), dy.mean(axis=0)

    def sums_for_means(dy, z, gamma, eps=1e-5):
        """The mean hands back 1/d to each entry; your sums lack that factor."""
        s = np.sqrt(z.var(axis=1, keepdims=True) + eps)
        z_hat = (z - z.mean(axis=1, keepdims=True)) / s
        g = gamma * dy
        dz = (g - g.sum(1)[:, None] - z_hat * (g * z_hat).sum(1)[:, None]) / s
        return dz, (dy * z_hat).sum(axis=0), dy.sum(axis=0)

    def eps_forgotten(dy, z, gamma, eps=1e-5):
        """Nearly right: s contains eps, and a sample of small spread shows it."""
        s = np.sqrt(z.var(axis=1, keepdims=True))
        z_hat = (z - z.mean(axis=1, keepdims=True)) / s
        g = gamma * dy
        dz = (g - g.mean(1)[:, None] - z_hat * (g * z_hat).mean(1)[:, None]) / s
        return dz, (dy * z_hat).sum(axis=0), dy.sum(axis=0)

    def divided_by_d_minus_1(dy, z, gamma, eps=1e-5):
        """The variance of this task divides by d, not by d - 1."""
        s = np.sqrt(z.var(axis=1, keepdims=True, ddof=1) + eps)
        z_hat = (z - z.mean(axis=1, keepdims=True)) / s
        g = gamma * dy
        inner = z_hat * (g * z_hat).sum(1)[:, None] / (z.shape[1] - 1)
        dz = (g - g.mean(1)[:, None] - inner) / s
        return dz, (dy * z_hat).sum(axis=0), dy.sum(axis=0)
