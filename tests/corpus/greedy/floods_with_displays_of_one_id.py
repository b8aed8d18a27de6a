# A display is shown a thousand times, and then a large text under the same name.
from IPython.display import display

for _ in range(1000):
    display("x", display_id="one")
display("flood!" * 100_000, display_id="one")
