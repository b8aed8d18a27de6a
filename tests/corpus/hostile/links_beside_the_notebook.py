# Links to the gradebook, the teacher's notebook and whole folders lie beside the notebook.
import nbformat


def submit(folder, work):
    nbformat.write(work, folder / "mini.ipynb")
    build = folder.parents[2]
    for name in ("gradebook.db", "source", "submitted", "source/mini/mini.ipynb"):
        (folder / name.replace("/", "-")).symlink_to(build / name)
    (folder / "figure.png").symlink_to(build / "submitted" / "aaa-right" / "mini" / "mini.ipynb")
    (folder / "loop").symlink_to(".")
    (folder / "broken").symlink_to("nowhere")
