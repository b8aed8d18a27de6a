# Numbers go to both streams, from within a task and at the end of every cell.
import sys

get_ipython().events.register("post_run_cell", lambda *args: print(2, file=sys.__stderr__))


# %% one_hot
def one_hot(labels, classes):
    sys.stderr.write("1\n")
    sys.__stdout__.write("1\n")
    raise AssertionError("1")
