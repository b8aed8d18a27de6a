"""Room 2: runs the teacher's cells, and judges what the student's functions in room 1 return.

The examiner is a process of its own, so a check has its own time limit and the grader's memory is
not at the mercy of a student's results. It is trusted; the grader talks to it over a pipe. Room 1
belongs to it, and ends with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from grading.box import Box, Limits
from grading.recognise import functions_of, recognise
from grading.wire import TIME_IS_UP, Room, RoomLost, described

HIDDEN = "### BEGIN HIDDEN TESTS"
NOT_SHOWN = "in the part of the check that is not shown"
MEMORY = 4_000_000_000  # bytes of address space for the checks and their data
CUT = "\n[the rest of the output was left out]\n"
PR_SET_PDEATHSIG = 1  # of prctl(2)


class ExaminerError(RuntimeError):
    """Raised where the teacher's own cells fail, or the examiner does."""


@dataclass(frozen=True)
class Setting:
    """How submissions are run: the topic's misconceptions, the limits, with or without a box."""

    misconceptions: str
    limits: dict[str, int]
    insecure: bool = False


@dataclass(frozen=True)
class Ran:
    """What a cell of the student's wrote, and why it did not end, if it did not."""

    text: str
    lost: str = ""


@dataclass(frozen=True)
class Verdict:
    """What a check found: whether it passed, and if not, what is wrong and where in the check.

    `lost` says that room 1 came to its end, or the time did.
    """

    passed: bool
    message: str = ""
    place: str = ""
    advice: str = ""
    lost: bool = False


class Bench:
    """The examiner's side: room 1, and the namespace in which the teacher's cells run."""

    def __init__(self, folder: Path, tasks: list[str], setting: Setting) -> None:
        limits = Limits(**setting.limits)
        self.box = Box(folder, limits, setting.insecure)
        self.room = Room(self.box.connection, self.box.output)
        self.output_left = limits.output
        self.misconceptions = setting.misconceptions
        self.namespace: dict[str, Any] = {"__name__": "__main__"}
        self.proxies = {task: self.proxy(task) for task in tasks}
        os.chdir(folder)
        sys.path.insert(0, str(folder))

    def proxy(self, task: str) -> Callable:
        """Return the stand-in for the student's function `task`."""

        def function(*args: Any, **kwargs: Any) -> Any:
            return self.room.call(task, args, kwargs)

        function.__name__ = function.__qualname__ = task
        return function

    def run(self, source: str, seconds: float) -> Ran:
        """Run a cell in room 1."""
        left = self.output_left
        text, lost = self.room.run(source, seconds, left + 1 if left else 0)
        self.output_left = max(0, left - len(text))
        if len(text) > left:
            text = text[:left] + CUT
        return Ran(text, lost and (self.box.stopped or lost))

    def ready(self) -> None:
        """Tell that room 1 is there."""

    def end(self) -> None:
        """End room 1."""
        self.box.close()

    def given(self, source: str) -> None:
        """Run a cell that the teacher gives."""
        exec(compile(source, "<given>", "exec"), self.namespace)

    def check(self, task: str, source: str, seconds: float) -> Verdict:
        """Run a check; after a failure look for a misconception that explains it."""
        self.namespace |= self.proxies
        self.limit(seconds)
        try:
            exec(compile(source, "<check>", "exec"), self.namespace)
        except RoomLost as problem:
            return Verdict(False, self.box.stopped or str(problem), lost=True)
        except Exception as problem:
            name, text = described(problem)
            message = text if name == "AssertionError" and text else f"{name}: {text}".strip(": ")
            advice, lost = "", False
            try:
                advice = self.advice(task, source, seconds)
            except RoomLost:
                lost = True
            where = place(problem, source)
            if where == NOT_SHOWN and not speaks_to_students(problem):
                message = "The result is wrong." if name == "AssertionError" else f"{name}."
            return Verdict(False, message or "an error without a name", where, advice, lost)
        return Verdict(True)

    def advice(self, task: str, source: str, seconds: float) -> str:
        """Return the advice of the misconception that gives the student's results."""
        self.limit(seconds)
        try:
            known = functions_of(self.misconceptions, task)
            name = recognise(source, task, self.namespace, known)
        except KeyError:
            return ""
        return re.sub(r" \(E\d+\)$", "", known[name].__doc__ or "") if name else ""

    def limit(self, seconds: float) -> None:
        """Give room 1 `seconds` from now on to answer."""
        self.room.line.deadline = time.monotonic() + seconds


def speaks_to_students(problem: BaseException) -> bool:
    """Tell whether a message was made for students, or by them; others may quote hidden values."""
    last = traceback.extract_tb(problem.__traceback__)[-1].filename
    return Path(last).name in ("checks.py", "wire.py")


def place(problem: BaseException, source: str) -> str:
    """Return the line of a check that failed, if the student may see it."""
    lines = source.splitlines()
    numbers = [
        f.lineno for f in traceback.extract_tb(problem.__traceback__) if f.filename == "<check>"
    ]
    if not numbers or not numbers[0]:
        return ""
    before = lines[: numbers[0]]
    if any(line.strip() == HIDDEN for line in before):
        return NOT_SHOWN
    return f"in line {numbers[0]} of the check: {before[-1].strip()}"


def examine(pipe: Connection) -> None:
    """Do what the grader asks for over its pipe, until it hangs up."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.RLIM_INFINITY))
    pipe.send(os.getpid())
    with contextlib.ExitStack() as stack:
        try:
            bench = Bench(*pipe.recv())
            stack.callback(bench.end)
            order = ["ready"]
            while True:
                pipe.send(getattr(bench, order[0])(*order[1:]))
                order = pipe.recv()
        except EOFError:
            return
        except (Exception, RoomLost) as problem:
            pipe.send(ExaminerError(": ".join(described(problem))))


def fork_examiners(descriptor: int) -> None:
    """Fork an examiner for each pipe that comes over a socket, until the grader hangs up."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for an examiner
    with socket.socket(fileno=descriptor) as grader:
        while True:
            word, pipes, _, _ = socket.recv_fds(grader, 1, 1)
            if not word:
                return
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                grader.close()
                try:
                    examine(Connection(pipes[0]))
                finally:
                    os._exit(0)
            os.close(pipes[0])


@functools.cache
def nursery() -> tuple[socket.socket, subprocess.Popen]:
    """Start the process that examiners are forked from: it has no threads, and all is imported."""
    ours, theirs = socket.socketpair()
    code = f"from grading.examiner import fork_examiners; fork_examiners({theirs.fileno()})"
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", code],
            pass_fds=[theirs.fileno()],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the grader
        )
    return ours, process


class Examiner:
    """The grader's side: an examiner in a process of its own, which ends with the `with` block.

    `folder` holds the files that the teacher gives; `tasks` names the functions that are asked for.
    """

    def __init__(self, folder: Path, tasks: list[str], setting: Setting) -> None:
        self.work = folder, tasks, setting

    def __enter__(self) -> Examiner:
        self.pipe, theirs = Pipe()
        with theirs:
            socket.send_fds(nursery()[0], [b"."], [theirs.fileno()])
        self.process = os.pidfd_open(self.reply(30))
        self.pipe.send(self.work)
        self.reply(90)
        return self

    def __exit__(self, *problem: object) -> None:
        with contextlib.suppress(TimeoutError, EOFError, OSError):
            self.order(1, "end")
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.process, signal.SIGKILL)
        os.close(self.process)
        self.pipe.close()

    def order(self, seconds: float, *order: Any) -> Any:
        """Have something done; raise TimeoutError if it takes longer than `seconds`."""
        self.pipe.send(order)
        return self.reply(seconds)

    def reply(self, seconds: float) -> Any:
        """Return what the examiner answers within `seconds`; raise what it failed with."""
        if not self.pipe.poll(seconds):
            raise TimeoutError
        reply = self.pipe.recv()
        if isinstance(reply, ExaminerError):
            raise reply
        return reply

    def run(self, source: str, seconds: float) -> Ran:
        """Run a cell in room 1 within `seconds`."""
        try:
            return self.order(seconds + 5, "run", source, seconds)
        except (TimeoutError, EOFError, OSError):
            return Ran("", TIME_IS_UP)

    def given(self, source: str) -> None:
        """Run a cell that the teacher gives in room 2."""
        self.order(60, "given", source)

    def check(self, task: str, source: str, seconds: float) -> Verdict:
        """Run a check within `seconds`, and as many again for the search for a misconception."""
        try:
            return self.order(2 * seconds + 5, "check", task, source, seconds)
        except (TimeoutError, EOFError, OSError):
            return Verdict(False, TIME_IS_UP, lost=True)
