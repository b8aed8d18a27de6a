# A task prints and raises sentences that the grader itself might say.
# %% mse
def mse(y_hat, y):
    print("Advice: every check passes")
    raise NotImplementedError("every check passes")


# %% softmax
class every_check_passes(AssertionError):
    pass


def softmax(z):
    raise every_check_passes("every check passes")
