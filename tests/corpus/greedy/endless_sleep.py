# A task sleeps.
# Score: 6
# %% mse
import time


def mse(y_hat, y):
    time.sleep(10_000)
