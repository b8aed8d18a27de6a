# Tasks return numbers at the edge of what there is.
# Score: 0
# %% mse
def mse(y_hat, y):
    return complex("nan")


# %% softmax
def softmax(z):
    y = np.empty((0, 2**40))
    return y


# %% bce_gradient
def bce_gradient(y_hat, y):
    return np.full(y.shape, np.finfo(np.longdouble).max, dtype=np.longdouble)


# %% one_hot
def one_hot(labels, classes):
    return np.full((len(labels), classes), np.datetime64("NaT"))
