# Markdown cells carry attachments and scripts.
import nbformat


def submit(folder, work):
    for cell in work.cells:
        if cell.cell_type == "markdown":
            cell.source += "\n<script>alert(1)</script><img src=x onerror=alert(1)>"
            cell.attachments = {"x.svg": {"image/svg+xml": "<svg onload='alert(1)'/>"}}
    nbformat.write(work, folder / "mini.ipynb")
