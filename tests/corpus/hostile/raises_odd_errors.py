# Tasks raise errors that cannot be shown or are no errors.
# Score: 0
# %% mse
class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no")

    __repr__ = __str__


def mse(y_hat, y):
    raise Unspeakable


# %% softmax
def softmax(z):
    raise KeyboardInterrupt


# %% bce_gradient
def bce_gradient(y_hat, y):
    raise BaseExceptionGroup("all", [SystemExit(3), MemoryError()])


# %% one_hot
def one_hot(labels, classes):
    raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "\ud800 \x00 \x1b[2J")
