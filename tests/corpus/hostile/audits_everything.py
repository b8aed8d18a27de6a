# A hook prints every text that is compiled or run and every file that is opened.
import sys


def hook(event, arguments):
    if event in ("compile", "exec", "open", "import", "pickle.find_class"):
        sys.__stdout__.write(f"{event} {arguments}"[:1000])


sys.addaudithook(hook)
