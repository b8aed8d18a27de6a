# The notebook is a link to a device that gives bytes for ever.
# Score: 0


def submit(folder, work):
    (folder / "mini.ipynb").symlink_to("/dev/zero")
