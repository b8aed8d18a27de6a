"""Wrong answers to the tasks of exercises/loss.md, each with a sentence of advice.

A class for each task, a function for each mistake, with the parameters of the task. The grader
pastes a function's source into a notebook, so it uses nothing but `np`, its parameters and its own
names. (E…) is the number of an erratum that the mistake comes from.
"""

# ruff: noqa: ANN001, ANN201, N805
import numpy as np


class huber:
    def no_half(y_hat, y, delta=1.0):
        """Compare your two lines at |r| = delta: they must have the same value there. (E17)"""
        r = np.abs(y_hat - y)
        return np.mean(np.where(r <= delta, r * r, delta * (r - 0.5 * delta)))

    def jump(y_hat, y, delta=1.0):
        """Your line for large errors does not meet the one for small errors at |r| = delta."""
        r = np.abs(y_hat - y)
        return np.mean(np.where(r <= delta, 0.5 * r * r, delta * r))

    def total(y_hat, y, delta=1.0):
        """You add the elements up; the loss is their mean. (E17)"""
        r = np.abs(y_hat - y)
        return np.sum(np.where(r <= delta, 0.5 * r * r, delta * (r - 0.5 * delta)))

    def mean_over_rows(y_hat, y, delta=1.0):
        """Your mean divides by the number of rows; count every element of the array. (E17)"""
        r = np.abs(y_hat - y)
        return np.sum(np.where(r <= delta, 0.5 * r * r, delta * (r - 0.5 * delta))) / len(y_hat)

    def delta_is_one(y_hat, y, delta=1.0):
        """Your loss does not change when delta does; look for a 1 that should be delta."""
        r = np.abs(y_hat - y)
        return np.mean(np.where(r <= 1, 0.5 * r * r, r - 0.5))

    def sign_forgotten(y_hat, y, delta=1.0):
        """Errors may be negative; look where your code compares r with delta, not its size."""
        r = y_hat - y
        return np.mean(np.where(r <= delta, 0.5 * r * r, delta * (r - 0.5 * delta)))

    def lines_swapped(y_hat, y, delta=1.0):
        """Try one small and one large error by hand: which of the two should be squared?"""
        r = np.abs(y_hat - y)
        return np.mean(np.where(r > delta, 0.5 * r * r, delta * (r - 0.5 * delta)))

    def clipped(y_hat, y, delta=1.0):
        """With a clipped error every large error costs the same; the loss must go on growing."""
        r = np.clip(y_hat - y, -delta, delta)
        return np.mean(0.5 * r * r)


class huber_gradient:
    def not_averaged(y_hat, y, delta=1.0):
        """You have the derivative of h; the loss is the mean of h over all elements. (E17)"""
        return np.clip(y_hat - y, -delta, delta)

    def mean_over_rows(y_hat, y, delta=1.0):
        """The mean of the loss goes over all elements, not over the rows alone. (E17)"""
        return np.clip(y_hat - y, -delta, delta) / len(y_hat)

    def wrong_sign(y_hat, y, delta=1.0):
        """If a prediction is too high, raising it further raises the loss: mind the sign. (E14)"""
        return np.clip(y - y_hat, -delta, delta) / y_hat.size

    def slope_one(y_hat, y, delta=1.0):
        """For large errors your slope is 1 whatever delta is; differentiate that line again."""
        r = y_hat - y
        return np.where(np.abs(r) <= delta, r, np.sign(r)) / y_hat.size

    def slope_positive(y_hat, y, delta=1.0):
        """The derivative of |r| is not the same for negative r as for positive r."""
        r = y_hat - y
        return np.where(np.abs(r) <= delta, r, delta) / y_hat.size

    def factor_two(y_hat, y, delta=1.0):
        """Differentiate the line for small errors again: what becomes of its half? (E17)"""
        r = y_hat - y
        return np.where(np.abs(r) <= delta, 2 * r, delta * np.sign(r)) / y_hat.size

    def flat(y_hat, y, delta=1.0):
        """The loss goes on growing for large errors, so its slope there is not zero. (E15)"""
        r = y_hat - y
        return np.where(np.abs(r) <= delta, r, 0.0) / y_hat.size

    def value_for_slope(y_hat, y, delta=1.0):
        """For large errors you return the value of the loss where its slope is asked for. (E15)"""
        r = y_hat - y
        large = delta * (np.abs(r) - delta / 2)
        return np.where(np.abs(r) <= delta, r, np.sign(r) * large) / y_hat.size

    def always_float64(y_hat, y, delta=1.0):
        """Your result is float64 even where the predictions are float32; mind how you create it."""
        slopes = np.zeros(y_hat.shape)
        slopes[...] = np.clip(y_hat - y, -delta, delta) / y_hat.size
        return slopes


class column_mse_gradient:
    def both_mistakes(y_hat, y):
        """Both mistakes are still there: first print the shape of the difference. (E30)"""
        n = len(y)
        return np.sum(y_hat - y, axis=1, keepdims=True) / n**2

    def pulled_to_the_mean(y_hat, y):
        """The scale is right, but each prediction is still compared with all the targets. (E30)"""
        return 2 * (y_hat - np.mean(y)) / len(y)

    def no_factor_two(y_hat, y):
        """The shapes are right now; differentiate the square once more. (E17)"""
        return (y_hat - y.reshape(y_hat.shape)) / len(y)

    def not_averaged(y_hat, y):
        """The loss is a mean over the samples, and your gradient is that of their sum. (E17)"""
        return 2 * (y_hat - y.reshape(y_hat.shape))

    def wrong_sign(y_hat, y):
        """The sign is that of an update, not of a gradient: prediction minus target. (E14)"""
        return 2 * (y.reshape(y_hat.shape) - y_hat) / len(y)

    def flat_result(y_hat, y):
        """The numbers are right; the gradient must have the shape of the predictions, (n, 1)."""
        return 2 * (y_hat[:, 0] - y) / len(y)

    def square_result(y_hat, y):
        """Your result has n columns: a column minus a flat array gives (n, n). (E30)"""
        return 2 * (y_hat - y) / len(y)

    def summed_difference(y_hat, y):
        """Row i must depend on target i alone; yours adds up the errors to all targets. (E30)"""
        return 2 * np.sum(y_hat - y, axis=1, keepdims=True) / len(y)


class smooth_labels:
    def others_only(labels, classes, epsilon=0.1):
        """The share is dealt out to all classes, the right one included."""
        targets = np.full((len(labels), classes), epsilon / max(classes - 1, 1))
        targets[np.arange(len(labels)), labels] = 1 - epsilon
        return targets

    def not_divided(labels, classes, epsilon=0.1):
        """Add up a row: every class got the whole share, so the sum is over 1."""
        return (1 - epsilon) * np.eye(classes)[labels] + epsilon

    def right_class_left_out(labels, classes, epsilon=0.1):
        """Add up a row: the right class gave its share away and got no part of it back."""
        targets = np.full((len(labels), classes), epsilon / classes)
        targets[np.arange(len(labels)), labels] = 1 - epsilon
        return targets

    def nothing_taken(labels, classes, epsilon=0.1):
        """Add up a row: the share was dealt out, but not taken away from the right class."""
        return np.eye(classes)[labels] + epsilon / classes

    def integers(labels, classes, epsilon=0.1):
        """Your array was created with the dtype of the labels, so the fractions are cut off."""
        targets = np.zeros((len(labels), classes), dtype=labels.dtype)
        targets[...] = epsilon / classes
        targets[np.arange(len(labels)), labels] = 1 - epsilon + epsilon / classes
        return targets

    def columns_are_samples(labels, classes, epsilon=0.1):
        """Rows are samples: the result has a row for each label and a column for each class."""
        return ((1 - epsilon) * np.eye(classes)[labels] + epsilon / classes).T

    def classes_from_labels(labels, classes, epsilon=0.1):
        """The largest label does not tell how many classes there are; use the argument."""
        count = int(np.max(labels)) + 1
        return (1 - epsilon) * np.eye(count)[labels] + epsilon / count

    def counted_from_one(labels, classes, epsilon=0.1):
        """Classes are counted from 0: look which column your largest entry is in. (E18)"""
        return (1 - epsilon) * np.eye(classes)[
            np.asarray(labels, dtype=int) - 1
        ] + epsilon / classes


class bce_with_logits:
    def copied_formula(z, y):
        """The formula is right and breaks for large logits; rewrite it without log(0). (E10)"""
        p = 1 / (1 + np.exp(-z))
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    def clipped_probability(z, y):
        """Clipping the probability makes the loss finite and wrong: it can no longer grow. (E10)"""
        p = np.clip(1 / (1 + np.exp(-z)), 1e-12, 1 - 1e-12)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    def clipped_logit(z, y):
        """A wrong logit of 1000 costs 1000; once clipped, it costs only the bound. (E10)"""
        p = 1 / (1 + np.exp(-np.clip(z, -30, 30)))
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    def safe_on_one_side(z, y):
        """Your form is right, but its exponential overflows for large positive logits. (E10)"""
        return np.mean(np.log1p(np.exp(z)) - z * y)

    def total(z, y):
        """You add the elements up; the loss is their mean. (E17)"""
        return np.sum(np.logaddexp(0, z) - z * y)

    def mean_over_rows(z, y):
        """Your mean divides by the number of rows; count every element of the array. (E17)"""
        return np.sum(np.logaddexp(0, z) - z * y) / len(z)

    def term_missing(z, y):
        """A target of 0 must count too: where is the term with 1 - y? (E9)"""
        return np.mean(y * np.logaddexp(0, -z))

    def targets_exchanged(z, y):
        """A large positive logit stands for y = 1: look at the sign of z for each of the terms."""
        return np.mean(np.logaddexp(0, -z) + z * y)

    def logits_as_probabilities(z, y):
        """The argument is a logit, any real number, and you use it as a probability. (E16)"""
        return -np.mean(y * np.log(z) + (1 - y) * np.log(1 - z))

    def maximum_missing(z, y):
        """Once |z| is in the exponential your formula holds for one sign of z; redo the other."""
        return np.mean(np.log1p(np.exp(-np.abs(z))) + z * (1 - y))


class vote_loss_steps:
    def one_vote(z, y, temperature=1.0):
        """Gap 2 is that of targets with the sum 1; here a row has m votes. (E16)"""
        e = np.exp((z - z.max(axis=1, keepdims=True)) / temperature)
        p = e / e.sum(axis=1, keepdims=True)
        return p, p - y, (p - y) / (temperature * len(z))

    def wrong_sign(z, y, temperature=1.0):
        """Check the sign of gap 2: a further vote for a class must lower its derivative. (E16)"""
        e = np.exp((z - z.max(axis=1, keepdims=True)) / temperature)
        p = e / e.sum(axis=1, keepdims=True)
        step = y - y.sum(axis=1, keepdims=True) * p
        return p, step, step / (temperature * len(z))

    def wrong_variable(z, y, temperature=1.0):
        """Gap 2 is a derivative with respect to u, and you give the one with respect to p. (E16)"""
        e = np.exp((z - z.max(axis=1, keepdims=True)) / temperature)
        p = e / e.sum(axis=1, keepdims=True)
        return p, -y / p, -y / p / (temperature * len(z))

    def temperature_left_out_of_gap_3(z, y, temperature=1.0):
        """Gap 3 goes from u to z, and u changes more slowly than z does."""
        e = np.exp((z - z.max(axis=1, keepdims=True)) / temperature)
        p = e / e.sum(axis=1, keepdims=True)
        step = y.sum(axis=1, keepdims=True) * p - y
        return p, step, step / len(z)

    def temperature_multiplied(z, y, temperature=1.0):
        """Look at the derivative of u with respect to z again: does it grow with T? (E3)"""
        e = np.exp((z - z.max(axis=1, keepdims=True)) / temperature)
        p = e / e.sum(axis=1, keepdims=True)
        step = y.sum(axis=1, keepdims=True) * p - y
        return p, step, step * temperature / len(z)

    def not_averaged(z, y, temperature=1.0):
        """Gap 3 belongs to the loss of the batch, which is a mean over the samples. (E17)"""
        e = np.exp((z - z.max(axis=1, keepdims=True)) / temperature)
        p = e / e.sum(axis=1, keepdims=True)
        step = y.sum(axis=1, keepdims=True) * p - y
        return p, step, step / temperature

    def mean_over_votes(z, y, temperature=1.0):
        """The loss of the batch is a mean over the samples, not over the votes. (E17)"""
        e = np.exp((z - z.max(axis=1, keepdims=True)) / temperature)
        p = e / e.sum(axis=1, keepdims=True)
        step = y.sum(axis=1, keepdims=True) * p - y
        return p, step, step / (temperature * y.sum())

    def temperature_left_out_of_gap_1(z, y, temperature=1.0):
        """Gap 1 depends on u, not on z: the temperature comes before the softmax."""
        e = np.exp(z - z.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        step = y.sum(axis=1, keepdims=True) * p - y
        return p, step, step / (temperature * len(z))

    def columns_are_samples(z, y, temperature=1.0):
        """Rows are samples: the sums over the classes run along axis 1."""
        e = np.exp((z - z.max(axis=0)) / temperature)
        p = e / e.sum(axis=0)
        step = y.sum(axis=0) * p - y
        return p, step, step / (temperature * len(z))

    def shares_first(z, y, temperature=1.0):
        """Your gradient divides by the votes of a row; think of a sample that nobody labelled."""
        e = np.exp((z - z.max(axis=1, keepdims=True)) / temperature)
        p = e / e.sum(axis=1, keepdims=True)
        m = y.sum(axis=1, keepdims=True)
        step = m * (p - y / m)
        return p, step, step / (temperature * len(z))

    def overflow(z, y, temperature=1.0):
        """The formulas are right; shift each row so that no exponential overflows. (E10)"""
        e = np.exp(z / temperature)
        p = e / e.sum(axis=1, keepdims=True)
        step = y.sum(axis=1, keepdims=True) * p - y
        return p, step, step / (temperature * len(z))


class softmax_vjp:
    def diagonal_only(p, dp):
        """A logit changes all probabilities of its row, and you follow only its own. (E4)"""
        return p * (1 - p) * dp

    def other_classes_only(p, dp):
        """The case c = k has one more term than -p_c p_k; you left it out. (E4)"""
        return -p * np.sum(p * dp, axis=1, keepdims=True)

    def factor_missing(p, dp):
        """Both cases of the partial derivative have the factor p_k; you have it in one of them."""
        return dp - np.sum(p * dp, axis=1, keepdims=True)

    def sum_without_weights(p, dp):
        """Look at the sum over c again: which factor of it depends on c besides dp?"""
        return p * (dp - np.sum(dp, axis=1, keepdims=True))

    def mean_for_sum(p, dp):
        """You subtract the plain mean of a row of dp, where each entry has a weight of its own."""
        return p * (dp - np.mean(dp, axis=1, keepdims=True))

    def sum_over_samples(p, dp):
        """The sum runs over the classes of one sample; yours runs down the samples. (E11)"""
        return p * (dp - np.sum(p * dp, axis=0))

    def sum_over_everything(p, dp):
        """Each sample has its own sum over the classes; yours mixes the samples. (E11)"""
        return p * (dp - np.sum(p * dp))

    def wrong_sign(p, dp):
        """Check the signs of the two cases: raising a logit raises its own probability. (E14)"""
        return p * (np.sum(p * dp, axis=1, keepdims=True) - dp)

    def cross_entropy_assumed(p, dp):
        """dp is the gradient of any loss, not the target of a cross-entropy. (E16)"""
        return p - dp


class focal_loss_gradient:
    def first_factor_constant(z, y, gamma=2.0):
        """Both factors of the loss depend on q: the derivative of a product has two terms."""
        u = (2 * y - 1) * z
        rest = np.exp(-np.logaddexp(0, u))
        return -(2 * y - 1) * rest ** (gamma + 1) / z.size

    def second_factor_constant(z, y, gamma=2.0):
        """You differentiate only the power: the derivative of a product has two terms."""
        u = (2 * y - 1) * z
        q, rest = np.exp(-np.logaddexp(0, -u)), np.exp(-np.logaddexp(0, u))
        return -(2 * y - 1) * gamma * q * rest**gamma * np.logaddexp(0, -u) / z.size

    def inner_sign_forgotten(z, y, gamma=2.0):
        """You have the derivative with respect to u; for y = 0 a growing z makes u fall. (E14)"""
        u = (2 * y - 1) * z
        q, rest = np.exp(-np.logaddexp(0, -u)), np.exp(-np.logaddexp(0, u))
        return rest**gamma * (-gamma * q * np.logaddexp(0, -u) - rest) / z.size

    def wrong_variable(z, y, gamma=2.0):
        """You stop at the derivative with respect to q; the factor dq/du is missing. (E16)"""
        u = (2 * y - 1) * z
        q, rest = np.exp(-np.logaddexp(0, -u)), np.exp(-np.logaddexp(0, u))
        slope = -gamma * rest ** (gamma - 1) * np.logaddexp(0, -u) - rest**gamma / q
        return (2 * y - 1) * slope / z.size

    def sign_of_power(z, y, gamma=2.0):
        """The derivative of 1 - q brings a minus sign into the term with gamma."""
        u = (2 * y - 1) * z
        q, rest = np.exp(-np.logaddexp(0, -u)), np.exp(-np.logaddexp(0, u))
        return (2 * y - 1) * rest**gamma * (gamma * q * np.logaddexp(0, -u) - rest) / z.size

    def exponent_kept(z, y, gamma=2.0):
        """The power rule lowers the exponent by one; in your term with gamma it stays."""
        u = (2 * y - 1) * z
        q, rest = np.exp(-np.logaddexp(0, -u)), np.exp(-np.logaddexp(0, u))
        return (2 * y - 1) * rest ** (gamma + 1) * (-gamma * q * np.logaddexp(0, -u) - 1) / z.size

    def gamma_forgotten(z, y, gamma=2.0):
        """The power rule brings the exponent down as a factor, and that gamma is missing."""
        u = (2 * y - 1) * z
        q, rest = np.exp(-np.logaddexp(0, -u)), np.exp(-np.logaddexp(0, u))
        return (2 * y - 1) * rest**gamma * (-q * np.logaddexp(0, -u) - rest) / z.size

    def not_averaged(z, y, gamma=2.0):
        """You have the derivative of one element; the loss is the mean over all of them. (E17)"""
        u = (2 * y - 1) * z
        q, rest = np.exp(-np.logaddexp(0, -u)), np.exp(-np.logaddexp(0, u))
        return (2 * y - 1) * rest**gamma * (-gamma * q * np.logaddexp(0, -u) - rest)

    def always_first_class(z, y, gamma=2.0):
        """For y = 0 the true class has the probability 1 - p; you use that of y = 1 throughout."""
        q, rest = np.exp(-np.logaddexp(0, -z)), np.exp(-np.logaddexp(0, z))
        return rest**gamma * (-gamma * q * np.logaddexp(0, -z) - rest) / z.size

    def cross_entropy(z, y, gamma=2.0):
        """Your gradient does not depend on gamma: it is that of the binary cross-entropy."""
        return (np.exp(-np.logaddexp(0, -z)) - y) / z.size

    def log_of_zero(z, y, gamma=2.0):
        """The formula is right, but q is 0 for a sure and wrong logit; get log q from u. (E10)"""
        u = (2 * y - 1) * z
        q, rest = np.exp(-np.logaddexp(0, -u)), np.exp(-np.logaddexp(0, u))
        return (2 * y - 1) * rest**gamma * (gamma * q * np.log(q) - rest) / z.size
