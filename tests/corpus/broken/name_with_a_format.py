# The student's name looks like a place in a format.
# Student: {student_id}-%s-{0}-+-*
x = 1
