# Tasks return things that are no numbers.
# Score: 0
# %% mse
def mse(y_hat, y):
    yield 5.25


# %% softmax
async def softmax(z):
    return z


# %% bce_gradient
def bce_gradient(y_hat, y):
    return lambda *args: bce_gradient


# %% one_hot
import sys


def one_hot(labels, classes):
    return sys
