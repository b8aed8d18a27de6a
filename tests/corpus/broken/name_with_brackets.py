# The student's name is a pattern that fits others.
# Student: [a-z]*
x = 1
