# Tasks print numbers that could be taken for a score.
# %% mse
def mse(y_hat, y):
    print("2")
    print(2.0)
    return 0.0


# %% softmax
def softmax(z):
    print(3)
