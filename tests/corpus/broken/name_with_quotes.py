# The student's name has quotes, spaces, and words of a shell and of SQL.
# Student: O'Brien "; $(touch left-by-a-student); DROP TABLE student; --
x = 1
