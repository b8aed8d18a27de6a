# A cell displays large pictures and texts for ever.
from IPython.display import display

while True:
    display({"text/html": "flood!" * 100_000, "image/png": "AAAA" * 100_000}, raw=True)
