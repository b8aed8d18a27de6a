# There is a folder and nothing in it.
# Score: 0


def submit(folder, work):
    pass
