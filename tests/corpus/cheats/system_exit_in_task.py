# A task ends the cell in a way that may not count as an error.
# %% mse
def mse(y_hat, y):
    raise SystemExit(0)


# %% softmax
def softmax(z):
    exit()


# %% bce_gradient
def bce_gradient(y_hat, y):
    raise GeneratorExit


# %% one_hot
def one_hot(labels, classes):
    import unittest

    raise unittest.SkipTest("nothing to see here")
