# Trace and profile functions print the code of all that runs after them.
import inspect
import sys
import threading


def trace(frame, event, argument):
    if event == "call" and "site-packages" not in frame.f_code.co_filename:
        try:
            print(inspect.getsource(frame.f_code))
        except (OSError, TypeError):
            print(frame.f_code.co_consts)
    return trace


sys.setprofile(trace)
sys.settrace(trace)
threading.setprofile(trace)
threading.settrace(trace)
