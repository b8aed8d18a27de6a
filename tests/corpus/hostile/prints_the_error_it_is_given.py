# A task passes wrong things to see what the checks say about them.
# Score: 0
# %% mse
def mse(y_hat, y):
    return y_hat


# %% softmax
def softmax(z):
    return -z


# %% bce_gradient
def bce_gradient(y_hat, y):
    return y_hat * float("nan")


# %% one_hot
def one_hot(labels, classes):
    return {"SecretOf": labels}
