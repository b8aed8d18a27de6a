# The kernel replies ten times to each request.
session = get_ipython().kernel.session
real = session.send


def send(*args, **kwargs):
    for _ in range(10):
        sent = real(*args, **kwargs)
    return sent


session.send = send
