# The notebook is a link to itself.
# Score: 0


def submit(folder, work):
    (folder / "mini.ipynb").symlink_to("mini.ipynb")
