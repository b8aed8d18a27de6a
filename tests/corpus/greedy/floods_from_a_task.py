# A task prints whenever it is called.
# Score: 6
# %% mse
def mse(y_hat, y):
    while True:
        print("flood " * 1000)
