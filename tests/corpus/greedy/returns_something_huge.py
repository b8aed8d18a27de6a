# Tasks return results of hundreds of megabytes.
# Score: 0
# %% mse
import numpy as np


def mse(y_hat, y):
    return np.zeros(40_000_000)


# %% softmax
def softmax(z):
    return np.broadcast_to(0.25, (1_000_000, 1_000_000))


# %% bce_gradient
def bce_gradient(y_hat, y):
    return "1" * 200_000_000


# %% one_hot
def one_hot(labels, classes):
    return 10 ** (10**6)
