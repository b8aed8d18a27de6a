# Tasks return arrays of objects, of texts, of records, and masked ones.
# Score: 0
# %% mse
import numpy as np


class Runs:
    def __reduce__(self):
        import os

        return os.system, ("touch /tmp/left-by-a-student",)


def mse(y_hat, y):
    return np.array([Runs(), 5.25], dtype=object)


# %% softmax
def softmax(z):
    return np.ma.masked_all(z.shape)


# %% bce_gradient
def bce_gradient(y_hat, y):
    return np.zeros(y.shape, dtype=[("a", float), ("b", "O")])


# %% one_hot
def one_hot(labels, classes):
    return np.full((len(labels), classes), "1.0")
