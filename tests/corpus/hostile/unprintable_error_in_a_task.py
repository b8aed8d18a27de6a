# A task raises an error with half a character and orders to a terminal.
# Score: 6
# %% mse
def mse(y_hat, y):
    raise ValueError("\ud800 \x00 \x1b[2J\x1b]0;pwned\x07 \u202e <script>alert(1)</script>")
