# The kernel sends messages of kinds that there are not.
kernel = get_ipython().kernel
for kind in ("", "unknown", "input_request", "execute_input", "clear_output", "comm_msg"):
    kernel.session.send(kernel.iopub_socket, kind, {"x": 1}, parent=kernel.get_parent())
    kernel.session.send(kernel.iopub_socket, kind, None, parent={})
