# The file is empty.
# Score: 0


def submit(folder, work):
    (folder / "mini.ipynb").write_bytes(b"")
