# The kernel sends a display whose data is no table.
kernel = get_ipython().kernel
for thing in (7, None, [1], "text"):
    content = {"data": thing, "metadata": {}, "transient": thing}
    kernel.session.send(kernel.iopub_socket, "display_data", content, parent=kernel.get_parent())
