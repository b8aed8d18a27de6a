# The file is lists in lists, a hundred thousand deep.
# Score: 0


def submit(folder, work):
    (folder / "mini.ipynb").write_text("[" * 100_000 + "]" * 100_000)
