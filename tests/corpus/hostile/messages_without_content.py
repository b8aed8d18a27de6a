# The kernel sends messages of known kinds that hold nothing.
kernel = get_ipython().kernel
for kind in ("stream", "display_data", "execute_result", "error", "update_display_data"):
    kernel.session.send(kernel.iopub_socket, kind, {}, parent=kernel.get_parent())
