# The student's name looks like an option of a command.
# Student: --help
x = 1
