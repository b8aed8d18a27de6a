# A socket has the name of the notebook.
# Score: 0
import os
import stat


def submit(folder, work):
    os.mknod(folder / "mini.ipynb", stat.S_IFSOCK | 0o600)
