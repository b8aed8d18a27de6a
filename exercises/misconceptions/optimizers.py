"""Wrong answers to the tasks of exercises/optimizers.md, each with a sentence of advice.

A class for each task, a function for each mistake, with the parameters of the task. The grader
pastes a function's source into a notebook, so it uses nothing but `np`, its parameters and its own
names. (E…) is the number of an erratum that the mistake comes from.
"""

# ruff: noqa: ANN001, ANN201, N805
import numpy as np


class accumulate:
    def plain_mean(gradients, sizes):
        """You count a part of one sample as much as a part of a hundred; weigh them. (E17)"""
        return gradients.mean(axis=0)

    def plain_sum(gradients, sizes):
        """Each part has divided by its own size; the sum of the means is no mean. (E17)"""
        return gradients.sum(axis=0)

    def not_divided(gradients, sizes):
        """You add the sums over the samples up; the mean still divides by their number. (E17)"""
        return np.tensordot(sizes.astype(gradients.dtype), gradients, 1)

    def divided_by_parts(gradients, sizes):
        """You divide by the number of parts; the mean is over the samples. (E17)"""
        return np.tensordot(sizes.astype(gradients.dtype), gradients, 1) / len(sizes)

    def divided_twice(gradients, sizes):
        """The gradients of the parts are means already; you divide by the sizes once more."""
        parts = [g / float(n) for g, n in zip(gradients, sizes, strict=True)]
        return np.sum(parts, axis=0)

    def samples_as_if_summed(gradients, sizes):
        """You treat the gradients as sums; they are means, so multiply by the sizes first. (E17)"""
        return gradients.sum(axis=0) / float(sizes.sum())

    def last_part_only(gradients, sizes):
        """Only the last part is left: add the gradients up, do not write one over the other."""
        for g in gradients:
            total = g
        return total


class plateau_rates:
    def last_in_place_of_best(losses, lr, factor=0.1, patience=10):
        """You compare with the loss before; compare with the smallest so far."""
        best, waited, rates = np.inf, 0, []
        for loss in losses:
            waited = 0 if loss < best else waited + 1
            best = loss
            if waited > patience:
                lr, waited = lr * factor, 0
            rates.append(lr)
        return np.array(rates, dtype=float)

    def one_epoch_early(losses, lr, factor=0.1, patience=10):
        """You lose patience one epoch early: more than patience epochs are needed."""
        best, waited, rates = np.inf, 0, []
        for loss in losses:
            best, waited = (loss, 0) if loss < best else (best, waited + 1)
            if waited >= max(patience, 1):
                lr, waited = lr * factor, 0
            rates.append(lr)
        return np.array(rates, dtype=float)

    def waiting_goes_on(losses, lr, factor=0.1, patience=10):
        """After a cut the waiting begins again, and yours cuts in each epoch from then on."""
        best, waited, rates = np.inf, 0, []
        for loss in losses:
            best, waited = (loss, 0) if loss < best else (best, waited + 1)
            if waited > patience:
                lr = lr * factor
            rates.append(lr)
        return np.array(rates, dtype=float)

    def equal_is_better(losses, lr, factor=0.1, patience=10):
        """A loss equal to the smallest so far is no progress: only a smaller one counts."""
        best, waited, rates = np.inf, 0, []
        for loss in losses:
            best, waited = (loss, 0) if loss <= best else (best, waited + 1)
            if waited > patience:
                lr, waited = lr * factor, 0
            rates.append(lr)
        return np.array(rates, dtype=float)

    def never_reset(losses, lr, factor=0.1, patience=10):
        """A new smallest loss ends the waiting; yours counts all bad epochs together."""
        best, waited, rates = np.inf, 0, []
        for loss in losses:
            best, waited = (loss, waited) if loss < best else (best, waited + 1)
            if waited > patience:
                lr, waited = lr * factor, 0
            rates.append(lr)
        return np.array(rates, dtype=float)

    def subtracted(losses, lr, factor=0.1, patience=10):
        """The learning rate is multiplied by the factor; you subtract it. (E7)"""
        best, waited, rates = np.inf, 0, []
        for loss in losses:
            best, waited = (loss, 0) if loss < best else (best, waited + 1)
            if waited > patience:
                lr, waited = lr - factor, 0
            rates.append(lr)
        return np.array(rates, dtype=float)

    def best_forgotten(losses, lr, factor=0.1, patience=10):
        """After a cut the smallest loss so far stays; you start from the present one."""
        best, waited, rates = np.inf, 0, []
        for loss in losses:
            best, waited = (loss, 0) if loss < best else (best, waited + 1)
            if waited > patience:
                lr, waited, best = lr * factor, 0, loss
            rates.append(lr)
        return np.array(rates, dtype=float)

    def starts_at_zero(losses, lr, factor=0.1, patience=10):
        """The smallest loss cannot begin at 0: the first loss is the smallest in any case."""
        best, waited, rates = 0.0, 0, []
        for loss in losses:
            best, waited = (loss, 0) if loss < best else (best, waited + 1)
            if waited > patience:
                lr, waited = lr * factor, 0
            rates.append(lr)
        return np.array(rates, dtype=float)


class resume_momentum:
    def from_rest(w, w_before, g, lr, lr_before, beta=0.9):
        """That is a step from rest; the last step shows which velocity there was."""
        return w - lr * g

    def wrong_direction(w, w_before, g, lr, lr_before, beta=0.9):
        """Your velocity points back to where w came from: mind the minus in w - lr v. (E7)"""
        return w - lr * (beta * (w - w_before) / lr_before + g)

    def rate_not_divided(w, w_before, g, lr, lr_before, beta=0.9):
        """The last change was lr_before times the velocity; take that factor out."""
        return w - lr * (beta * (w_before - w) + g)

    def divided_by_the_new_rate(w, w_before, g, lr, lr_before, beta=0.9):
        """The last step was made with lr_before, so the velocity follows from that rate."""
        return w + beta * (w - w_before) - lr * g

    def velocity_not_faded(w, w_before, g, lr, lr_before, beta=0.9):
        """In the step to come the old velocity counts beta times, not once."""
        return w - lr * ((w_before - w) / lr_before + g)

    def average_in_place_of_sum(w, w_before, g, lr, lr_before, beta=0.9):
        """In this convention the gradient enters v with the factor 1, not 1 - beta."""
        return w - lr * (beta * (w_before - w) / lr_before + (1 - beta) * g)

    def old_rate(w, w_before, g, lr, lr_before, beta=0.9):
        """The velocity is right; the step to come has the learning rate lr, not lr_before."""
        return w - beta * (w_before - w) - lr_before * g

    def from_the_point_before(w, w_before, g, lr, lr_before, beta=0.9):
        """Your step starts from w_before; the training had already come to w."""
        return w_before - lr * (beta * (w_before - w) / lr_before + g)

    def uphill(w, w_before, g, lr, lr_before, beta=0.9):
        """You go up along the gradient: the step is minus the learning rate times v. (E7)"""
        return w + lr * (beta * (w_before - w) / lr_before + g)


class nesterov_path:
    def no_look_ahead(gradient, w, steps, lr, beta=0.9):
        """You take the gradient at w: that is plain momentum, without the look ahead."""
        path, u = [w], np.zeros_like(w)
        for _ in range(steps):
            u = beta * u - lr * gradient(path[-1])
            path.append(path[-1] + u)
        return np.array(path)

    def looks_back(gradient, w, steps, lr, beta=0.9):
        """You look back: the velocity leads to w + beta u, not to w - beta u."""
        path, u = [w], np.zeros_like(w)
        for _ in range(steps):
            u = beta * u - lr * gradient(path[-1] - beta * u)
            path.append(path[-1] + u)
        return np.array(path)

    def looks_too_far(gradient, w, steps, lr, beta=0.9):
        """You look ahead by the whole velocity; only beta times it is left of it."""
        path, u = [w], np.zeros_like(w)
        for _ in range(steps):
            u = beta * u - lr * gradient(path[-1] + u)
            path.append(path[-1] + u)
        return np.array(path)

    def stays_ahead(gradient, w, steps, lr, beta=0.9):
        """You step from the point looked ahead to; then beta u is counted twice."""
        path, u = [w], np.zeros_like(w)
        for _ in range(steps):
            ahead = path[-1] + beta * u
            u = beta * u - lr * gradient(ahead)
            path.append(ahead + u)
        return np.array(path)

    def points_ahead(gradient, w, steps, lr, beta=0.9):
        """You return the points looked ahead to, as the chapter's rule does; here w is asked."""
        path, v = [w], np.zeros_like(w)
        for _ in range(steps):
            g = gradient(path[-1])
            v = beta * v + g
            path.append(path[-1] - lr * (g + beta * v))
        return np.array(path)

    def uphill(gradient, w, steps, lr, beta=0.9):
        """Your velocity points up along the gradient; the learning rate needs a minus. (E7)"""
        path, u = [w], np.zeros_like(w)
        for _ in range(steps):
            u = beta * u + lr * gradient(path[-1] + beta * u)
            path.append(path[-1] + u)
        return np.array(path)

    def start_left_out(gradient, w, steps, lr, beta=0.9):
        """The result begins with w itself, so it has one row more than there are steps."""
        path, u = [], np.zeros_like(w)
        for _ in range(steps):
            u = beta * u - lr * gradient(w + beta * u)
            w = w + u
            path.append(w)
        return np.array(path)

    def same_row(gradient, w, steps, lr, beta=0.9):
        """All rows are one and the same array, which += changes; make a new one each step."""
        w = w.copy()
        path, u = [w], np.zeros_like(w)
        for _ in range(steps):
            u = beta * u - lr * gradient(w + beta * u)
            w += u
            path.append(w)
        return np.array(path)


class track:
    def as_it_stands(targets, w, lr, rho=0.9, eps=1e-8):
        """This is the colleague's code as it was; find its three mistakes. (E32)"""
        s, path = np.zeros_like(w), []
        for c in targets:
            g = w - c
            s += (1 - rho) * g**2
            w -= lr * g / np.sqrt(s) + eps
            path.append(w)
        return np.array(path)

    def never_forgets(targets, w, lr, rho=0.9, eps=1e-8):
        """Your s only grows, as in AdaGrad, so the steps shrink; let the old part fade. (E32)"""
        s, path = np.zeros_like(w), []
        for c in targets:
            g = w - c
            s = s + (1 - rho) * g**2
            w = w - lr * g / (np.sqrt(s) + eps)
            path.append(w)
        return np.array(path)

    def plain_adagrad(targets, w, lr, rho=0.9, eps=1e-8):
        """That is AdaGrad: a sum of all squares, which never forgets the first ones. (E32)"""
        s, path = np.zeros_like(w), []
        for c in targets:
            g = w - c
            s = s + g**2
            w = w - lr * g / (np.sqrt(s) + eps)
            path.append(w)
        return np.array(path)

    def faded_sum(targets, w, lr, rho=0.9, eps=1e-8):
        """Your s is a fading sum, not an average: the new square has the factor 1 - rho."""
        s, path = np.zeros_like(w), []
        for c in targets:
            g = w - c
            s = rho * s + g**2
            w = w - lr * g / (np.sqrt(s) + eps)
            path.append(w)
        return np.array(path)

    def division_first(targets, w, lr, rho=0.9, eps=1e-8):
        """In a / b + c the division comes first; eps belongs in the divisor, in brackets."""
        s, path = np.zeros_like(w), []
        for c in targets:
            g = w - c
            s = rho * s + (1 - rho) * g**2
            w = w - (lr * g / np.sqrt(s) + eps)
            path.append(w)
        return np.array(path)

    def eps_in_the_root(targets, w, lr, rho=0.9, eps=1e-8):
        """Your eps stands under the root, and the formula has it outside."""
        s, path = np.zeros_like(w), []
        for c in targets:
            g = w - c
            s = rho * s + (1 - rho) * g**2
            w = w - lr * g / np.sqrt(s + eps)
            path.append(w)
        return np.array(path)

    def one_array(targets, w, lr, rho=0.9, eps=1e-8):
        """-= changes the caller's w, and each row of path is that same array."""
        s, path = np.zeros_like(w), []
        for c in targets:
            g = w - c
            s = rho * s + (1 - rho) * g**2
            w -= lr * g / (np.sqrt(s) + eps)
            path.append(w)
        return np.array(path)

    def argument_changed(targets, w, lr, rho=0.9, eps=1e-8):
        """The rows are right now, but -= still changes the caller's w."""
        s, path = np.zeros_like(w), []
        for c in targets:
            g = w - c
            s = rho * s + (1 - rho) * g**2
            w -= lr * g / (np.sqrt(s) + eps)
            path.append(w.copy())
        return np.array(path)

    def memory_swapped(targets, w, lr, rho=0.9, eps=1e-8):
        """You have rho and 1 - rho the wrong way round: s should keep most of what it was."""
        s, path = np.zeros_like(w), []
        for c in targets:
            g = w - c
            s = (1 - rho) * s + rho * g**2
            w = w - lr * g / (np.sqrt(s) + eps)
            path.append(w)
        return np.array(path)

    def old_square(targets, w, lr, rho=0.9, eps=1e-8):
        """Your step divides by s from before; take the new gradient into s first."""
        s, path = np.zeros_like(w), []
        for c in targets:
            g = w - c
            w = w - lr * g / (np.sqrt(s) + eps)
            s = rho * s + (1 - rho) * g**2
            path.append(w)
        return np.array(path)


class average_steps:
    def one_beta(g, betas):
        """You use the last factor for all steps; each step has its own."""
        t, beta = len(g), betas[-1]
        weights = ((1 - beta) * beta ** np.arange(t - 1, -1, -1)).astype(g.dtype)
        total = 1 - beta**t
        return weights, total, weights @ g / total

    def own_power(g, betas):
        """A gradient fades by the factors of the later steps, not by powers of its own."""
        t = len(g)
        weights = ((1 - betas) * betas ** np.arange(t - 1, -1, -1)).astype(g.dtype)
        total = 1 - np.prod(betas)
        return weights, total, weights @ g / total

    def fades_by_itself(g, betas):
        """You multiply by the factor of the gradient's own step; it fades from the next one on."""
        after = np.array([np.prod(betas[k:]) for k in range(len(betas))], g.dtype)
        weights = (1 - betas) * after
        total = 1 - np.prod(betas)
        return weights, total, weights @ g / total

    def factors_before(g, betas):
        """You multiply by the factors of the earlier steps; what comes later makes it fade."""
        before = np.array([np.prod(betas[:k]) for k in range(len(betas))], g.dtype)
        weights = (1 - betas) * before
        total = 1 - np.prod(betas)
        return weights, total, weights @ g / total

    def new_part_left_out(g, betas):
        """Each gradient comes in with the factor 1 minus its beta; your weights lack it."""
        weights = np.array([np.prod(betas[k:]) for k in range(1, len(betas) + 1)], g.dtype)
        total = 1 - np.prod(betas)
        return weights, total, weights @ g / total

    def sum_is_one(g, betas):
        """The weights do not have the sum 1 yet: what is left of r is the product. (E17)"""
        weights = np.array([(1 - b) * np.prod(betas[k:]) for k, b in enumerate(betas, 1)], g.dtype)
        return weights, g.dtype.type(1), weights @ g

    def what_is_left(g, betas):
        """The product of the factors is r, what is missing; the sum of the weights is 1 - r."""
        weights = np.array([(1 - b) * np.prod(betas[k:]) for k, b in enumerate(betas, 1)], g.dtype)
        total = np.prod(betas)
        return weights, total, weights @ g / total

    def not_corrected(g, betas):
        """Gap 3 is the average without correction; divide by the sum of the weights."""
        weights = np.array([(1 - b) * np.prod(betas[k:]) for k, b in enumerate(betas, 1)], g.dtype)
        return weights, 1 - np.prod(betas), weights @ g

    def multiplied(g, betas):
        """You multiply by the sum of the weights, and that makes the average smaller still."""
        weights = np.array([(1 - b) * np.prod(betas[k:]) for k, b in enumerate(betas, 1)], g.dtype)
        total = 1 - np.prod(betas)
        return weights, total, weights @ g * total

    def plain_mean(g, betas):
        """The corrected average keeps its weights; yours is the plain mean of the gradients."""
        weights = np.array([(1 - b) * np.prod(betas[k:]) for k, b in enumerate(betas, 1)], g.dtype)
        return weights, 1 - np.prod(betas), g.mean(axis=0)


class sparse_adagrad:
    def last_one_wins(table, s, rows, g, lr, eps=1e-10):
        """With += a row that occurs twice gets only one of its gradients; use np.add.at. (E4)"""
        total = np.zeros_like(table)
        total[rows] += g
        s = s + total**2
        return table - lr * total / (np.sqrt(s) + eps), s

    def step_for_each_look_up(table, s, rows, g, lr, eps=1e-10):
        """You make a step for each look-up; the gradient of a row is the sum of them. (E4)"""
        table, s = table.copy(), s.copy()
        for row, slope in zip(rows, g, strict=True):
            s[row] += slope**2
            table[row] -= lr * slope / (np.sqrt(s[row]) + eps)
        return table, s

    def squares_summed(table, s, rows, g, lr, eps=1e-10):
        """You add up the squares of the look-ups; AdaGrad squares the sum of the gradients."""
        total, squares = np.zeros_like(table), np.zeros_like(table)
        np.add.at(total, rows, g)
        np.add.at(squares, rows, g**2)
        s = s + squares
        return table - lr * total / (np.sqrt(s) + eps), s

    def mean_over_look_ups(table, s, rows, g, lr, eps=1e-10):
        """You average the look-ups of a row; its effects on the loss add up. (E4)"""
        total = np.zeros_like(table)
        np.add.at(total, rows, g)
        counts = np.maximum(np.bincount(rows, minlength=len(table)), 1).astype(table.dtype)
        total = total / counts[:, None]
        s = s + total**2
        return table - lr * total / (np.sqrt(s) + eps), s

    def old_sum(table, s, rows, g, lr, eps=1e-10):
        """You divide by the sum from before the step; the new square belongs to it already."""
        total = np.zeros_like(table)
        np.add.at(total, rows, g)
        return table - lr * total / (np.sqrt(s) + eps), s + total**2

    def root_forgotten(table, s, rows, g, lr, eps=1e-10):
        """You divide by s; the formula divides by its root."""
        total = np.zeros_like(table)
        np.add.at(total, rows, g)
        s = s + total**2
        return table - lr * total / (s + eps), s

    def fades(table, s, rows, g, lr, eps=1e-10):
        """Your s forgets, as in RMSprop; AdaGrad keeps the sum of all squares. (E32)"""
        total = np.zeros_like(table)
        np.add.at(total, rows, g)
        s = 0.9 * s + 0.1 * total**2
        return table - lr * total / (np.sqrt(s) + eps), s

    def gradient_not_squared(table, s, rows, g, lr, eps=1e-10):
        """You add the size of the gradient to s, and AdaGrad adds its square."""
        total = np.zeros_like(table)
        np.add.at(total, rows, g)
        s = s + np.abs(total)
        return table - lr * total / (np.sqrt(s) + eps), s

    def argument_changed(table, s, rows, g, lr, eps=1e-10):
        """The numbers are right, but the caller's table and s have changed; work on copies."""
        total = np.zeros_like(table)
        np.add.at(total, rows, g)
        s += total**2
        table -= lr * total / (np.sqrt(s) + eps)
        return table, s


class adamax:
    def not_corrected(w, g, m, u, t, decayed, lr=0.002, beta1=0.9, beta2=0.999, decay=0.01):
        """The bias correction of m is missing, so your first steps are too short."""
        m = beta1 * m + (1 - beta1) * g
        u = np.maximum(beta2 * u, np.abs(g))
        step = np.divide(m, u, where=u > 0, out=np.zeros_like(w))
        return w - lr * (step + decay * w * decayed), m, u

    def u_corrected(w, g, m, u, t, decayed, lr=0.002, beta1=0.9, beta2=0.999, decay=0.01):
        """A maximum does not begin too small, as an average does; u needs no correction."""
        m = beta1 * m + (1 - beta1) * g
        u = np.maximum(beta2 * u, np.abs(g))
        m_hat, u_hat = m / (1 - beta1**t), u / (1 - beta2**t)
        step = np.divide(m_hat, u_hat, where=u > 0, out=np.zeros_like(w))
        return w - lr * (step + decay * w * decayed), m, u

    def corrected_m_returned(w, g, m, u, t, decayed, lr=0.002, beta1=0.9, beta2=0.999, decay=0.01):
        """You return the corrected average as m; then the next step corrects it once more."""
        m = (beta1 * m + (1 - beta1) * g) / (1 - beta1**t)
        u = np.maximum(beta2 * u, np.abs(g))
        step = np.divide(m, u, where=u > 0, out=np.zeros_like(w))
        return w - lr * (step + decay * w * decayed), m, u

    def count_from_zero(w, g, m, u, t, decayed, lr=0.002, beta1=0.9, beta2=0.999, decay=0.01):
        """t is the number of this step already: you correct with t + 1."""
        m = beta1 * m + (1 - beta1) * g
        u = np.maximum(beta2 * u, np.abs(g))
        step = np.divide(m / (1 - beta1 ** (t + 1)), u, where=u > 0, out=np.zeros_like(w))
        return w - lr * (step + decay * w * decayed), m, u

    def decay_in_the_gradient(w, g, m, u, t, decayed, lr=0.002, beta1=0.9, beta2=0.999, decay=0.01):
        """You add the decay to the gradient, where u divides it away; keep the two apart."""
        g = g + decay * w * decayed
        m = beta1 * m + (1 - beta1) * g
        u = np.maximum(beta2 * u, np.abs(g))
        step = np.divide(m / (1 - beta1**t), u, where=u > 0, out=np.zeros_like(w))
        return w - lr * step, m, u

    def decay_everywhere(w, g, m, u, t, decayed, lr=0.002, beta1=0.9, beta2=0.999, decay=0.01):
        """Your decay shrinks the biases, too; look at decayed."""
        m = beta1 * m + (1 - beta1) * g
        u = np.maximum(beta2 * u, np.abs(g))
        step = np.divide(m / (1 - beta1**t), u, where=u > 0, out=np.zeros_like(w))
        return w - lr * (step + decay * w), m, u

    def decay_without_rate(w, g, m, u, t, decayed, lr=0.002, beta1=0.9, beta2=0.999, decay=0.01):
        """Your decay lacks the learning rate: an entry loses lr times decay times w."""
        m = beta1 * m + (1 - beta1) * g
        u = np.maximum(beta2 * u, np.abs(g))
        step = np.divide(m / (1 - beta1**t), u, where=u > 0, out=np.zeros_like(w))
        return w - lr * step - decay * w * decayed, m, u

    def decay_after_the_step(w, g, m, u, t, decayed, lr=0.002, beta1=0.9, beta2=0.999, decay=0.01):
        """Your decay takes its share of w after the step; the value before the step counts."""
        m = beta1 * m + (1 - beta1) * g
        u = np.maximum(beta2 * u, np.abs(g))
        w = w - lr * np.divide(m / (1 - beta1**t), u, where=u > 0, out=np.zeros_like(w))
        return w - lr * decay * w * decayed, m, u

    def not_faded(w, g, m, u, t, decayed, lr=0.002, beta1=0.9, beta2=0.999, decay=0.01):
        """Your maximum never fades, so one large gradient slows all later steps. (E32)"""
        m = beta1 * m + (1 - beta1) * g
        u = np.maximum(u, np.abs(g))
        step = np.divide(m / (1 - beta1**t), u, where=u > 0, out=np.zeros_like(w))
        return w - lr * (step + decay * w * decayed), m, u

    def size_forgotten(w, g, m, u, t, decayed, lr=0.002, beta1=0.9, beta2=0.999, decay=0.01):
        """A large negative gradient is large, too: take the maximum with its size."""
        m = beta1 * m + (1 - beta1) * g
        u = np.maximum(beta2 * u, g)
        step = np.divide(m / (1 - beta1**t), u, where=u > 0, out=np.zeros_like(w))
        return w - lr * (step + decay * w * decayed), m, u

    def zero_by_zero(w, g, m, u, t, decayed, lr=0.002, beta1=0.9, beta2=0.999, decay=0.01):
        """Where no gradient has come yet you divide 0 by 0; such an entry makes no step."""
        m = beta1 * m + (1 - beta1) * g
        u = np.maximum(beta2 * u, np.abs(g))
        return w - lr * (m / (1 - beta1**t) / u + decay * w * decayed), m, u
