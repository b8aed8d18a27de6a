# The student's name is markup for a page and for a terminal.
# Student: <script>alert(1)<!--[bold red]
x = 1
