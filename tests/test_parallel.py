"""Many submissions at once: the same results as one at a time, whatever happens to a worker."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass, field
from functools import partial

import nbformat
import pytest
from conftest import ROOT
from nbformat.v4 import new_code_cell, new_notebook

from grading import parallel
from grading.box import Limits
from grading.examiner import Setting
from grading.parallel import Work, grade, grade_all, processes
from grading.rebuild import UnreadableError

CHECK = "assert double(2) == 4"


def marked(source: str, grade_id: str, **marks: object) -> nbformat.NotebookNode:
    usual = {"schema_version": 3, "grade": False, "solution": False, "locked": True, "task": False}
    return new_code_cell(source, metadata={"nbgrader": usual | {"grade_id": grade_id} | marks})


def notebook(answer: str) -> bytes:
    cells = [
        marked("import data", "given"),
        marked(answer, "double", solution=True, locked=False),
        marked(CHECK, "check-double", grade=True, points=1),
    ]
    return nbformat.writes(new_notebook(cells=cells)).encode()


def work(answer: str) -> Work:
    setting = Setting("", Limits().values())
    return Work(notebook(answer), "x.ipynb", notebook(""), {"data.py": b"x = 1"}, setting)


RIGHT = work("def double(x):\n    return 2 * x")
WRONG = work("def double(x):\n    return x")


def passed(result: bytes | Exception) -> bool:
    assert isinstance(result, bytes), result
    return nbformat.reads(result.decode(), as_version=4).cells[-1].outputs == []


def test_one_submission(box: None) -> None:
    assert passed(grade(RIGHT))
    assert not passed(grade(WRONG))
    result = nbformat.reads(grade(RIGHT).decode(), as_version=4)
    assert 0 < result.metadata.seconds < 60


def test_what_cannot_be_read_says_why(box: None) -> None:
    for handed_in in (UnreadableError("x.ipynb is a link"), b"no notebook"):
        result = nbformat.reads(grade(Work(handed_in, *rest(RIGHT))).decode(), as_version=4)
        assert "x.ipynb is" in result.metadata.unreadable


def rest(work: Work) -> tuple:
    return work.name, work.source, work.given, work.setting


def test_a_mark_tells_every_change(monkeypatch: pytest.MonkeyPatch) -> None:
    assert RIGHT.mark() == Work(RIGHT.submission, *rest(RIGHT)).mark()
    name, source, given, setting = rest(RIGHT)
    others = [
        WRONG,
        Work(RIGHT.submission, name, source + b" ", given, setting),
        Work(RIGHT.submission, name, source, {"data.py": b"x = 2"}, setting),
        Work(RIGHT.submission, name, source, given, Setting("class double: pass", setting.limits)),
        Work(RIGHT.submission, name, source, given, Setting("", setting.limits | {"cell": 1})),
        Work(RIGHT.submission, name, source, given, Setting("", setting.limits, insecure=True)),
    ]
    marks = {other.mark() for other in others}
    assert len(marks) == len(others)
    assert RIGHT.mark() not in marks
    before = RIGHT.mark()
    monkeypatch.setattr(parallel, "SOLUTIONS", ROOT / "grading")
    assert RIGHT.mark() != before


def test_processes_give_the_same_as_one(box: None) -> None:
    works = [(number, RIGHT if number % 3 else WRONG) for number in range(7)]
    results = dict(grade_all(iter(works), partial(processes, 2)))
    assert {key: passed(result) for key, result in results.items()} == {
        number: bool(number % 3) for number in range(7)
    }


@dataclass
class Fake(Executor):
    """Grades nothing, in threads; `deadly` work breaks the pool, as a worker's death does."""

    deadly: set[str] = field(default_factory=set)
    together: int = 0
    under_way: int = 0
    most: int = 0
    broken: bool = False

    @contextlib.contextmanager
    def of(self) -> Iterator[tuple["Fake", int]]:
        self.broken = False
        yield self, 2

    def submit(self, function: object, name: str) -> Future:
        if self.broken:
            raise BrokenExecutor
        future: Future = Future()
        self.under_way += 1
        self.most = max(self.most, self.under_way)

        def finish() -> None:
            time.sleep(0.01)
            self.under_way -= 1
            if name in self.deadly or self.broken:
                self.broken = True
                future.set_exception(BrokenExecutor(f"{name} is deadly"))
            else:
                future.set_result(name.upper().encode())

        threading.Thread(target=finish).start()
        return future


def test_few_are_under_way_at_once() -> None:
    taken = 0

    def works() -> Iterator[tuple[int, str]]:
        nonlocal taken
        for number in range(50):
            taken += 1
            yield number, "a"

    fake = Fake()
    for done, _ in enumerate(grade_all(works(), fake.of)):
        assert taken <= done + 1 + 2 * 6
    assert done == 49
    assert fake.most == 6


def test_a_worker_that_dies_costs_only_what_kills_it() -> None:
    fake = Fake(deadly={"c", "k"})
    results = dict(grade_all(iter([(c, c) for c in "abcdefghijklmnop"]), fake.of))
    failed = {key for key, result in results.items() if isinstance(result, BrokenExecutor)}
    assert failed == {"c", "k"}
    assert {key: results[key] for key in results.keys() - failed} == {
        c: c.upper().encode() for c in "abdefghijlmnop"
    }


def test_what_a_worker_raises_is_told() -> None:
    class Odd(Fake):
        def submit(self, function: object, name: str) -> Future:
            future: Future = Future()
            future.set_exception(ValueError(name))
            return future

    [(key, result)] = grade_all(iter([("a", "text")]), Odd().of)
    assert (key, str(result)) == ("a", "text")


def test_workers_end_when_the_grading_is_broken_off(box: None) -> None:
    seen = []

    def break_off() -> None:
        with processes(2) as (executor, _):
            seen.append(executor.submit(time.sleep, 60))
            seen.append(executor.submit(os.getpid).result())
            raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert time.monotonic() - start < 30
    asleep, process = seen
    assert asleep.done()
    assert not os.path.exists(f"/proc/{process}")


@pytest.mark.parametrize("end", ["raise KeyboardInterrupt", "os.kill(worker.pid, 9)"])
def test_a_worker_that_ends_while_work_is_sent_holds_nobody_up(end: str) -> None:
    """More work is on its way than a pipe holds, and nobody is left to read it."""
    code = f"""
import multiprocessing, os, time
from grading.parallel import processes
with processes(1) as (executor, _):
    for task in [(time.sleep, 100), *[(len, b"x" * 1_000_000)] * 4]:
        executor.submit(*task)
    time.sleep(2)
    [worker] = multiprocessing.active_children()
    {end}
"""
    run = subprocess.run([sys.executable, "-c", code], timeout=30, capture_output=True)
    assert b"Error" not in run.stderr
