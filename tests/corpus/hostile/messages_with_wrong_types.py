# The kernel sends messages whose entries are of other types than they should be.
kernel = get_ipython().kernel
for thing in (7, None, [1], {"a": {"b": 1}}):
    for kind, content in {
        "stream": {"name": thing, "text": thing},
        "display_data": {"data": {"text/plain": thing, "text/html": thing}, "metadata": thing},
        "execute_result": {"data": {"image/png": thing}, "metadata": {}, "execution_count": thing},
        "error": {"ename": thing, "evalue": thing, "traceback": thing},
    }.items():
        kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent())
