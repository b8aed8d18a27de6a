# The notebook is a symbolic link to the work of somebody who has all points.


def submit(folder, work):
    (folder / "mini.ipynb").symlink_to("../../aaa-right/mini/mini.ipynb")
