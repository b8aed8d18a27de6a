# A task raises an error that has a message of 100 MB, and whose class has a long name.
# Score: 6
# %% mse
def mse(y_hat, y):
    raise type("Flood" * 100_000, (Exception,), {})("flood!" * 16_000_000)
