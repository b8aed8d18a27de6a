# One display is shown a thousand times, and then all are updated to a large text.
from IPython.display import display, update_display

for _ in range(1000):
    display("x", display_id="one")
update_display("flood!" * 100_000, display_id="one")
