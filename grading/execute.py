"""Runs a rebuilt submission: the student's cells in room 1, the checks in room 2."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import zmq.asyncio
from jupyter_client import AsyncKernelClient, AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute
from nbgrader.utils import is_grade, is_locked, is_solution
from traitlets import Bool, Unicode, default

from grading.box import Limits, require_box
from grading.examiner import Examiner, Verdict
from grading.wire import ENDED, TIME_IS_UP

ADVICE = "Advice: "
CUT = "\n[the rest of the output was left out]\n"


class CappedClient(AsyncKernelClient):
    """Takes few and short messages from a kernel, so that no flood fills this process's memory."""

    @default("context")
    def _context_default(self) -> zmq.asyncio.Context:
        self._created_context = True
        context = zmq.asyncio.Context()
        context.setsockopt(zmq.MAXMSGSIZE, 1_500_000)
        context.setsockopt(zmq.RCVHWM, 4)
        return context


class BoxedKernelManager(AsyncKernelManager):
    """Manages one kernel of this Python, started by `grading.box.BoxProvisioner`."""

    provisioner_name = "box"

    @default("client_factory")
    def _client_factory_default(self) -> type[CappedClient]:
        return CappedClient

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

    provisioner_name = "no-box"


class TwoRooms(Execute):
    """Run a rebuilt notebook so that every check ends with a verdict, whatever the code does.

    When a cell runs out of time or room 1 dies, the cell gets an error that says so. A new room 1
    then runs the earlier cells again, without that one, and work goes on.
    """

    insecure = Bool(False, help="Run students' code without a box.").tag(config=True)
    misconceptions = Unicode(help="The folder of the topics' misconceptions.").tag(config=True)
    shutdown_kernel = "immediate"
    interrupt_on_timeout = False
    raise_on_iopub_timeout = False

    def preprocess(
        self, nb: NotebookNode, resources: Any = None, km: Any = None
    ) -> tuple[NotebookNode, Any]:
        coursedir = self.parent.parent.coursedir
        topic, student = resources["nbgrader"]["assignment"], resources["nbgrader"]["student"]
        folder = Path(coursedir.format_path(coursedir.source_directory, ".", topic))
        self.grade(nb, topic, folder)
        # nbgrader copied what else was handed in, links followed: none of it is to reach feedback.
        handed_in = Path(coursedir.format_path(coursedir.autograded_directory, student, topic))
        for path in handed_in.rglob("*"):
            if path.is_file() and not (folder / path.relative_to(handed_in)).is_file():
                path.unlink()
        return nb, resources

    def grade(self, nb: NotebookNode, topic: str, folder: Path) -> None:
        """Run the cells of `nb` in place; `folder` holds the files that the teacher gives."""
        self.kernel_manager_class = UnboxedKernelManager if self.insecure else BoxedKernelManager
        if not self.insecure:
            require_box()
        self.limits = Limits(parent=self)
        NotebookClient.__init__(self, nb)
        self.resources = {"metadata": {"path": str(folder)}}
        self.deadline = time.monotonic() + self.limits.wall
        self.timeout_func = lambda cell: max(
            1, min(self.limits.cell, int(self.deadline - time.monotonic()))
        )
        known = Path(self.misconceptions, f"{topic}.py")
        tasks = [cell.metadata.nbgrader.grade_id for cell in nb.cells if is_solution(cell)]
        setting = (str(folder), tasks, known.read_text() if known.is_file() else "")
        done = 0
        with Examiner(*setting) as examiner:
            while done < len(nb.cells):
                if time.monotonic() > self.deadline:
                    reason = f"not run: the submission used up its {self.limits.wall} seconds"
                    for cell in filter(is_grade, nb.cells[done:]):
                        fail(cell, reason)
                    return
                with self.setup_kernel():
                    done = self.run(nb, examiner, done)

    def run(self, nb: NotebookNode, examiner: Examiner, start: int) -> int:
        """Run the cells in a new room 1; return where the next room has to go on.

        The cells before `start` ran before: of these only those that did no harm run again, and no
        checks.
        """
        self.output_left = self.limits.output
        provisioner = self.km.provisioner
        self.kc.execute(f"__import__('wire').serve({provisioner.calls!r}, globals())", silent=True)
        provisioner.lock()
        try:
            for index, cell in enumerate(nb.cells):
                if time.monotonic() > self.deadline:
                    return max(start, index)
                if is_grade(cell):
                    if index >= start and (verdict := self.check(cell, examiner)).lost:
                        fail(cell, provisioner.stopped or verdict.message)
                        return index + 1
                elif cell.cell_type == "code" and not cell.metadata.get("stopped"):
                    self.execute_cell(cell, index)
                    cell.outputs = [as_text(output) for output in cell.outputs]
                    if is_locked(cell) and index >= start:
                        examiner.given(cell.source)
        except Exception as problem:  # a room can send any message, and no message at all
            ended = TIME_IS_UP if isinstance(problem, CellTimeoutError) else ENDED
            fail(cell, provisioner.stopped or ended)
            cell.metadata["stopped"] = True
            return max(start, index)
        return len(nb.cells)

    def check(self, cell: NotebookNode, examiner: Examiner) -> Verdict:
        """Run a check in room 2; the cell's outputs say what is wrong."""
        task = cell.metadata.nbgrader.grade_id.removeprefix("check-")
        examiner.connect(self.km.provisioner.calls)
        verdict = examiner.check(task, cell.source, self.timeout_func(cell))
        cell.outputs = []
        if not verdict.passed:
            fail(cell, verdict.message, verdict.place)
            if verdict.advice:
                cell.outputs.append(new_output("stream", text=ADVICE + verdict.advice))
        return verdict

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> Any:
        """Take a message from room 1, unless its output goes past the limit."""
        if msg["msg_type"].startswith("comm_"):
            return None
        if msg["msg_type"] not in ("status", "execute_input", "clear_output"):
            kept = self.output_left > 0
            self.output_left -= len(str(msg["content"]))
            if self.output_left <= 0:
                if kept:
                    cell.outputs.append(new_output("stream", text=CUT))
                return None
        return super().process_message(msg, cell, cell_index)


def as_text(output: NotebookNode) -> NotebookNode:
    """Return an output of the student's as plain text: nothing else of it reaches a page."""
    text = output.get("text") or output.get("traceback")
    text = text or dict(output.get("data") or {}).get("text/plain", "")
    return new_output(
        "stream", text="\n".join(map(str, text)) if isinstance(text, list) else str(text)
    )


def fail(cell: NotebookNode, message: str, *more: str) -> None:
    """Make `message` the one output of `cell`, as an error."""
    said = [message, *filter(None, more)]
    cell.outputs = [new_output("error", ename="Stopped", evalue=message, traceback=said)]
