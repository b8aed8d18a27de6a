# The notebook says that it is in R, for a kernel that is not there.
import nbformat


def submit(folder, work):
    work.metadata = {
        "kernelspec": {"name": "ir", "display_name": "R", "language": "R"},
        "language_info": {"name": "R", "file_extension": ".r"},
    }
    nbformat.write(work, folder / "mini.ipynb")
