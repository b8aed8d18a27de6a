# The student's folder is hidden.
# Student: .hidden
x = 1
