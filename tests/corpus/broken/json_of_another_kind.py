# The file is JSON, but no notebook.
# Score: 0


def submit(folder, work):
    (folder / "mini.ipynb").write_text('{"cells": {"a": 1}, "nbformat": "four", "metadata": []}')
