# The file is a letter to the teacher.
# Score: 0


def submit(folder, work):
    (folder / "mini.ipynb").write_text("Dear teacher, here is my homework.\n")
