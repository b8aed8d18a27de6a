"""Runs the cells of a rebuilt submission, one submission in one box."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output
from nbgrader.preprocessors import Execute
from nbgrader.utils import is_grade
from traitlets import Bool, Unicode

from grading import recognise
from grading.box import Limits, require_box

ADVICE = "Advice: "
WHY = {
    CellTimeoutError: "stopped: the code was still running when its time was up",
    DeadKernelError: "stopped: the code ended its own process or went past a limit",
}


class BoxedKernelManager(AsyncKernelManager):
    """Manages one kernel of this Python, started by `grading.box.BoxProvisioner`."""

    provisioner_name = "box"

    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python in a box",
            language="python",
            metadata={"kernel_provisioner": {"provisioner_name": self.provisioner_name}},
        )


class UnboxedKernelManager(BoxedKernelManager):
    """Manages one kernel of this Python, started with nothing between it and this machine."""

    provisioner_name = "local-provisioner"


class BoxedExecute(Execute):
    """Execute a notebook in the box, so that every cell ends with outputs, whatever the code does.

    When a cell runs out of time or kills its kernel, the cell gets an error that says so. A new
    kernel then runs the earlier cells again, that cell and the checks apart, and work goes on.
    """

    insecure = Bool(False, help="Run students' code without a box.").tag(config=True)
    misconceptions = Unicode(help="The folder of the topics' misconceptions.").tag(config=True)
    shutdown_kernel = "immediate"
    interrupt_on_timeout = False

    def preprocess(
        self, nb: NotebookNode, resources: Any = None, km: Any = None
    ) -> tuple[NotebookNode, Any]:
        self.kernel_manager_class = UnboxedKernelManager if self.insecure else BoxedKernelManager
        if not self.insecure:
            require_box()
        limits = Limits(parent=self)
        NotebookClient.__init__(self, nb, km)
        coursedir = self.parent.parent.coursedir
        topic = resources["nbgrader"]["assignment"]
        given = Path(coursedir.format_path(coursedir.source_directory, ".", topic))
        self.resources = {"metadata": {"path": str(given)}}
        self.deadline = time.monotonic() + limits.wall
        self.timeout_func = lambda cell: max(
            1, min(limits.cell, int(self.deadline - time.monotonic()))
        )

        fatal: set[int] = set()
        done = 0
        while done < len(nb.cells):
            if time.monotonic() > self.deadline:
                for cell in nb.cells[done:]:
                    if is_grade(cell):
                        fail(cell, f"not run: the submission used up its {limits.wall} seconds")
                break
            with self.setup_kernel():
                done = self.run(nb, topic, done, fatal)
        return nb, resources

    def run(self, nb: NotebookNode, topic: str, start: int, fatal: set[int]) -> int:
        """Run the cells from `start` on; return where the next kernel has to go on."""
        for index, cell in enumerate(nb.cells):
            if cell.cell_type != "code" or index in fatal or (index < start and is_grade(cell)):
                continue
            try:
                self.execute_cell(cell, index)
            except (CellTimeoutError, DeadKernelError) as problem:
                fail(cell, WHY[type(problem)])
                fatal.add(index)
                return max(start, index + 1)
            if is_grade(cell):
                tidy(cell)
                try:
                    self.recognise(cell, topic, index)
                except (CellTimeoutError, DeadKernelError):
                    return index + 1
        return len(nb.cells)

    def recognise(self, cell: NotebookNode, topic: str, index: int) -> None:
        """Add to a failed check the advice of the misconception that it shows, if it shows one."""
        path = Path(self.misconceptions, f"{topic}.py")
        if all(output.output_type != "error" for output in cell.outputs) or not path.is_file():
            return
        task = cell.metadata.nbgrader.grade_id.removeprefix("check-")
        code = (
            f"{Path(recognise.__file__).read_text()}\n"
            f"known = functions_of({path.read_text()!r}, {task!r})\n"
            f"name = recognise({cell.source!r}, {task!r}, namespace, known)\n"
            f"if name:\n    print({ADVICE!r} + known[name].__doc__.partition(' (E')[0])\n"
        )
        probe = new_code_cell(f"exec({code!r}, {{'namespace': globals()}})")
        try:
            self.execute_cell(probe, index, store_history=False)
        finally:
            self.nb.cells[index] = cell
        cell.outputs += [
            new_output("stream", name="stdout", text=output.text)
            for output in probe.outputs
            if output.output_type == "stream" and output.text.startswith(ADVICE)
        ]


def fail(cell: NotebookNode, message: str) -> None:
    """Make `message` the one output of `cell`, as an error."""
    cell.outputs = [new_output("error", ename="Stopped", evalue=message, traceback=[message])]


def tidy(cell: NotebookNode) -> None:
    """Keep of a check's outputs what the student may see and the score may rest on.

    A traceback would quote the hidden checks, and a displayed number or a warning would be taken
    for a score by nbgrader.
    """
    kept = []
    for output in cell.outputs:
        if output.output_type == "error":
            said = f"{output.ename}: {output.evalue}".removeprefix("AssertionError: ")
            kept.append(
                new_output("error", ename=output.ename, evalue=output.evalue, traceback=[said])
            )
        elif output.output_type == "stream":
            kept.append(new_output("stream", name="stdout", text=output.text))
    cell.outputs = kept
