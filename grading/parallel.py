"""Grades many submissions at once: one pure function, mapped over an executor.

A worker gets bytes and gives bytes back. It sees no shared folder and no gradebook, so it may be a
process of this machine or of another.
"""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, ProcessPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import nbformat

import solutions
from grading.examiner import Setting
from grading.execute import run_cells
from grading.rebuild import UnreadableError, parse, rebuild, unreadable
from grading.release import CourseError

WAITING = 3  # submissions under way for each worker
SOLUTIONS = Path(solutions.__file__).parent


@dataclass(frozen=True)
class Work:
    """A submission, and all that its grading needs.

    `submission` is the notebook that was handed in, or why there is none. `given` holds the files
    beside the teacher's notebook, `source`, by name.
    """

    submission: bytes | UnreadableError
    name: str
    source: bytes
    given: dict[str, bytes]
    setting: Setting

    def mark(self) -> str:
        """Return a hash of all that the grade depends on, the reference included."""
        parts = [repr(self).encode()]
        parts += [path.read_bytes() for path in sorted(SOLUTIONS.glob("*.py"))]
        return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def grade(work: Work) -> bytes:
    """Return the graded notebook of one submission."""
    start = time.monotonic()
    source = nbformat.reads(work.source.decode(), as_version=4)
    try:
        if isinstance(work.submission, UnreadableError):
            raise work.submission
        submission = parse(work.submission, work.name)
    except UnreadableError as problem:
        submission = unreadable(problem)
    notebook = rebuild(source, submission)
    with tempfile.TemporaryDirectory() as folder:
        for name, content in work.given.items():
            Path(folder, name).write_bytes(content)
        run_cells(notebook, Path(folder), work.setting)
    notebook.metadata["seconds"] = round(time.monotonic() - start, 3)
    return nbformat.writes(notebook).encode("utf-8", "replace")


def begin_worker() -> None:
    """Leave Ctrl-C to the process that started this one, and end when it does."""

    def end_with_grader() -> None:
        multiprocessing.parent_process().join()
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_grader, daemon=True).start()


@contextlib.contextmanager
def processes(jobs: int) -> Iterator[tuple[Executor, int]]:
    """Yield an executor of `jobs` processes of this machine, which end at once on an error."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["grading.parallel"])
    executor = ProcessPoolExecutor(jobs, mp_context=context, initializer=begin_worker)
    try:
        yield executor, jobs
    except BaseException:
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        # Python before 3.11.5 waits for ever to write to a worker that is gone (CPython gh-94777).
        executor._call_queue._reader.close()
        executor.shutdown(cancel_futures=True)


@contextlib.contextmanager
def cluster(address: str) -> Iterator[tuple[Executor, int]]:
    """Yield an executor on the Dask cluster whose scheduler is at `address`, and its threads."""
    try:
        from distributed import Client
    except ImportError as problem:
        raise CourseError("--dask needs Dask: pip install '.[cluster]'") from problem
    try:
        client = Client(address, timeout=5)
    except (OSError, ValueError) as problem:
        raise CourseError(f"no Dask scheduler answers at {address}: {problem}") from problem
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise CourseError(f"the Dask scheduler at {address} has no workers")
        yield client.get_executor(pure=False), threads


def grade_all(
    works: Iterator[tuple[str, Work]],
    open_executor: Callable[[], AbstractContextManager[tuple[Executor, int]]],
) -> Iterator[tuple[str, bytes | Exception]]:
    """Yield each key of `works` with its graded notebook, or with what went wrong, as they come.

    `open_executor` gives an executor and the number of its workers. For each of them at most
    `WAITING` submissions are under way, so memory does not grow with the class. What was under way
    when a worker died is done again, one after the other.
    """
    works, lost = iter(works), []
    with open_executor() as (executor, workers):
        waiting = {}
        while True:
            free = 0 if lost else WAITING * workers - len(waiting)
            try:
                for key, work in islice(works, free):
                    waiting[executor.submit(grade, work)] = key, work
            except BrokenExecutor:
                lost.append((key, work))
            if not waiting:
                break
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                key, work = waiting.pop(future)
                if isinstance(future.exception(), BrokenExecutor):
                    lost.append((key, work))
                else:
                    yield key, future.exception() or future.result()
    for key, work in lost:
        with open_executor() as (executor, _):
            future = executor.submit(grade, work)
            yield key, future.exception() or future.result()
    if lost:
        yield from grade_all(works, open_executor)


def cores() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0))
