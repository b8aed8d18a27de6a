# The student's whole folder is a symbolic link to a classmate's.


def submit(folder, work):
    folder.rmdir()
    folder.parent.rmdir()
    folder.parent.symlink_to("aaa-right")
