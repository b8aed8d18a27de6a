# The kernel replies to a request for execution with nothing.
session = get_ipython().kernel.session
real = session.send


def send(stream, kind, content=None, *args, **kwargs):
    content = {} if kind == "execute_reply" else content
    return real(stream, kind, content, *args, **kwargs)


session.send = send
