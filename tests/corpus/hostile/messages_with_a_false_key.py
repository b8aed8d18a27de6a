# The kernel signs its messages with another key from now on.
get_ipython().kernel.session.key = b"another"
