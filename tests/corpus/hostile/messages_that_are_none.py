# The kernel sends bytes that are no messages.
kernel = get_ipython().kernel
socket = getattr(kernel.iopub_socket, "io_thread", kernel.iopub_socket)
for parts in ([b"garbage"], [b"x", b"<IDS|MSG>", b"bad", b"{}", b"{}", b"{}", b"{}"], [b""] * 9):
    kernel.iopub_thread.send_multipart(parts)
