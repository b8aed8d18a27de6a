# The student's name is in letters that are not ASCII.
# Student: Zoë-李雷-أحمد-🙂
x = 1
