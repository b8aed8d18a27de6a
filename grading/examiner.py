"""Room 2: runs the teacher's cells, and judges what the student's functions in room 1 return.

The examiner is a process of its own, so a check has its own time limit and the grader's memory is
not at the mercy of a student's results. It is trusted; the grader talks to it over a pipe.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import grading
from grading.recognise import functions_of, recognise
from grading.wire import ENDED, TIME_IS_UP, Room, RoomLost, described

HIDDEN = "### BEGIN HIDDEN TESTS"
NOT_SHOWN = "in the part of the check that is not shown"
MEMORY = 4_000_000_000  # bytes of address space for the checks and their data
LONGEST = 2_000  # characters of a message


@dataclass(frozen=True)
class Verdict:
    """What a check found: whether it passed, and if not, what is wrong and where in the check."""

    passed: bool
    message: str = ""
    place: str = ""
    advice: str = ""
    lost: bool = False


class Bench:
    """The examiner's side: the namespace in which the teacher's cells run."""

    def __init__(self, folder: str, tasks: list[str], misconceptions: str) -> None:
        os.chdir(folder)
        sys.path.insert(0, folder)
        self.room: Room | None = None
        self.misconceptions = misconceptions
        self.namespace: dict[str, Any] = {"__name__": "__main__"}
        self.proxies = {task: self.proxy(task) for task in tasks}

    def proxy(self, task: str) -> Callable:
        """Return the stand-in for the student's function `task`."""

        def function(*args: Any, **kwargs: Any) -> Any:
            if self.room is None:
                raise RoomLost(ENDED)
            return self.room.call(task, args, kwargs)

        function.__name__ = function.__qualname__ = task
        return function

    def connect(self, path: str) -> None:
        """Take the room whose socket is `path`; a room that is closed already is no room."""
        self.room = None
        with contextlib.suppress(OSError):
            self.room = Room(path)

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
            return Verdict(False, str(problem), lost=True)
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
        if self.room is not None:
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


def examine(descriptor: int) -> None:
    """Do what the grader asks for over its socket, until it hangs up."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    pipe = Connection(descriptor)
    with contextlib.suppress(EOFError, OSError):
        bench = Bench(*pipe.recv())
        while True:
            order, *arguments = pipe.recv()
            pipe.send(getattr(bench, order)(*arguments))


class Examiner:
    """The grader's side: starts the examiner, and starts it again if a check did not end."""

    def __init__(self, folder: str, tasks: list[str], misconceptions: str) -> None:
        self.setting = (folder, tasks, misconceptions)
        self.given_cells: list[str] = []
        self.room = ""
        self.process: Any = None

    def __enter__(self) -> Examiner:
        return self

    def __exit__(self, *problem: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process; the next order starts a new one."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.pipe.close()
            self.process = None

    def start(self) -> None:
        """Start the process and bring it to where the last one was."""
        ours, theirs = socket.socketpair()
        home = str(Path(grading.__file__).parent.parent)
        path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), home]))
        code = f"from grading.examiner import examine; examine({theirs.fileno()})"
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", code],
            pass_fds=[theirs.fileno()],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        theirs.close()
        self.pipe = Connection(ours.detach())
        self.pipe.send(self.setting)
        for source in self.given_cells:
            self.order(60, "given", source)
        if self.room:
            self.order(10, "connect", self.room)

    def order(self, seconds: float, *order: Any) -> Any:
        """Have something done; raise TimeoutError if it takes longer than `seconds`."""
        if self.process is None:
            self.start()
        self.pipe.send(order)
        if not self.pipe.poll(seconds):
            self.stop()
            raise TimeoutError
        return self.pipe.recv()

    def connect(self, room: str) -> None:
        """Point the checks to the functions behind the socket `room`, unless they are there."""
        if room != self.room:
            self.room = room
            if self.process is not None:
                self.order(10, "connect", room)

    def given(self, source: str) -> None:
        """Run a cell that the teacher gives."""
        self.order(60, "given", source)
        self.given_cells.append(source)

    def check(self, task: str, source: str, seconds: float) -> Verdict:
        """Run a check within `seconds`, and as many again for the search for a misconception."""
        try:
            return self.order(2 * seconds + 5, "check", task, source, seconds)
        except (TimeoutError, EOFError, OSError):
            self.stop()
            return Verdict(False, TIME_IS_UP, lost=True)
