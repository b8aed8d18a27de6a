# An error draws its own traceback, an empty one, and has an empty name.
# %% mse
class Nothing(Exception):
    def _render_traceback_(self):
        return []


Nothing.__name__ = Nothing.__qualname__ = ""


def mse(y_hat, y):
    raise Nothing


softmax = bce_gradient = one_hot = mse
