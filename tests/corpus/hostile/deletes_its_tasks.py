# The functions are there when a cell runs, and gone when they are called.
# Score: 0
shell = get_ipython()
shell.events.register("post_run_cell", lambda *args, names=shell.user_ns: names.clear())
