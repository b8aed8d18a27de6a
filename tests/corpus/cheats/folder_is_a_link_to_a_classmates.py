# The student's folder for the topic is a symbolic link to a classmate's.


def submit(folder, work):
    folder.rmdir()
    folder.symlink_to("../aaa-right/mini")
