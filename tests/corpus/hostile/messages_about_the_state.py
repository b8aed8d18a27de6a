# The kernel sends a state that there is not, and then none.
kernel = get_ipython().kernel
for content in ({"execution_state": 7}, {"execution_state": None}, {}):
    kernel.session.send(kernel.iopub_socket, "status", content, parent=kernel.get_parent())
