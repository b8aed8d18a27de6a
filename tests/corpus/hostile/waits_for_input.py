# A cell asks questions and starts the debugger.
try:
    input("your name? ")
finally:
    breakpoint()
