"""Room 2: what a check says, how long it may take, and that it goes on after the worst."""

import contextlib
import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from conftest import ROOT

from grading.box import Limits
from grading.examiner import CUT, Examiner, ExaminerError, Ran, Setting, nursery
from grading.wire import ENDED, TIME_IS_UP

CHECK = """import numpy as np
assert_close(double(np.ones(2)), np.full(2, 2.0))
### BEGIN HIDDEN TESTS
from solutions import loss
assert_close(double(np.full(3, 7.0)), np.full(3, 14.0))
### END HIDDEN TESTS
"""
IMPORT = "from checks import assert_close"
MISCONCEPTIONS = '''
class double:
    def triple(x):
        """Twice is not three times. (E17)"""
        return 3 * x
'''


SETTING = Setting(MISCONCEPTIONS, Limits().values())
WORK = ROOT / "exercises", ["double"]
PRELUDE = """import os, time
import numpy as np

class StuckError(Exception):
    pass

"""


@pytest.fixture
def examiner(box: None) -> Iterator[Callable[..., Examiner]]:
    """Start examiners, whose room 1 ran `code`."""
    with contextlib.ExitStack() as stack:

        def make(code: str = "", **setting: Any) -> Examiner:
            made = stack.enter_context(Examiner(*WORK, dataclasses.replace(SETTING, **setting)))
            made.given(IMPORT)
            assert made.run(PRELUDE + code, 5).lost == ""
            return made

        yield make


def test_a_right_answer_passes(examiner: Callable[..., Examiner]) -> None:
    assert examiner("double = lambda x: x + x").check("double", CHECK, 5).passed


def test_a_wrong_answer_says_what_and_where(examiner: Callable[..., Examiner]) -> None:
    verdict = examiner("double = lambda x: -2 * x").check("double", CHECK, 5)
    assert not verdict.passed
    assert "wrong sign" in verdict.message
    assert (
        verdict.place == "in line 2 of the check: assert_close(double(np.ones(2)), np.full(2, 2.0))"
    )
    assert verdict.advice == ""


def test_a_hidden_line_is_not_shown(examiner: Callable[..., Examiner]) -> None:
    verdict = examiner("double = lambda x: x + x if len(x) == 2 else -2 * x").check(
        "double", CHECK, 5
    )
    assert verdict.place == "in the part of the check that is not shown"
    assert "14" not in verdict.message + verdict.place


@pytest.mark.parametrize(
    ("hidden", "said"),
    [
        ("np.testing.assert_allclose(double(np.full(2, 7.0)), 14.25)", "The result is wrong."),
        ("assert double(np.full(2, 7.0)) is None, 'not 14.25'", "The result is wrong."),
        ("np.zeros(14)[double(np.array([14.25]))]", "IndexError."),
        ("double('14.25')", "StuckError: 14.25"),
    ],
)
def test_a_message_that_may_quote_hidden_values_is_not_shown(
    hidden: str, said: str, examiner: Callable[..., Examiner]
) -> None:
    code = """
def double(x):
    if isinstance(x, str):
        raise StuckError(x)
    return 2 * x
"""
    check = CHECK.replace(CHECK.splitlines()[4], hidden)
    assert examiner(code).check("double", check, 5).message == said


def test_a_misconception_gets_its_advice(examiner: Callable[..., Examiner]) -> None:
    verdict = examiner("double = lambda x: x + x + x").check("double", CHECK, 5)
    assert verdict.advice == "Twice is not three times."


def test_a_missing_function_and_an_exception(examiner: Callable[..., Examiner]) -> None:
    verdict = examiner().check("double", CHECK, 5)
    assert verdict.message == "NameError: name 'double' is not defined"


def test_an_exception_of_the_students(examiner: Callable[..., Examiner]) -> None:
    code = "def double(x):\n    raise StuckError('somewhere')"
    assert examiner(code).check("double", CHECK, 5).message == "StuckError: somewhere"


def test_a_call_without_end_costs_its_time_and_no_more(examiner: Callable[..., Examiner]) -> None:
    start = time.monotonic()
    verdict = examiner("double = lambda x: time.sleep(60)").check("double", CHECK, 0.5)
    assert (verdict.lost, verdict.message) == (True, TIME_IS_UP)
    assert time.monotonic() - start < 5


def test_no_check_can_swallow_that_a_room_is_lost(examiner: Callable[..., Examiner]) -> None:
    check = "try:\n    double(1)\nexcept Exception:\n    pass\n"
    verdict = examiner("double = lambda x: time.sleep(60)").check("double", check, 0.5)
    assert verdict.lost
    assert not verdict.passed


def test_a_room_that_ends_is_lost(examiner: Callable[..., Examiner]) -> None:
    one = examiner("double = lambda x: os._exit(0)")
    verdict = one.check("double", CHECK, 1)
    assert (verdict.lost, verdict.message) == (True, ENDED)


def test_a_check_without_end_is_stopped(
    examiner: Callable[..., Examiner], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = examiner("double = lambda x: x")
    order = one.order
    monkeypatch.setattr(one, "order", lambda seconds, *words: order(min(seconds, 1), *words))
    start = time.monotonic()
    verdict = one.check("double", "while True: pass", 1)
    assert (verdict.lost, verdict.message) == (True, TIME_IS_UP)
    assert time.monotonic() - start < 5


def test_the_examiner_is_another_process_and_ends_with_its_box() -> None:
    with Examiner(*WORK, SETTING) as one:
        [number] = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()[-1:]
        nursery = Path(f"/proc/{number}/task/{number}/children").read_text
        examiners = nursery().split()
        assert one.check("double", "import os\nassert os.getpid() != " + number, 5).passed
        assert len(examiners) == 1
        boxes = Path(f"/proc/{examiners[0]}/task/{examiners[0]}/children").read_text().split()
        assert len(boxes) == 1
    time.sleep(0.5)
    assert not Path(f"/proc/{boxes[0]}").exists()
    assert nursery().split() == []


def test_what_a_check_prints_reaches_nobody(
    examiner: Callable[..., Examiner], capfd: pytest.CaptureFixture
) -> None:
    nursery.cache_clear()  # the one that is there writes where an earlier test did
    assert examiner("double = lambda x: x").check("double", "print('seen')", 5).passed
    assert "seen" not in capfd.readouterr().out


def test_a_check_cannot_take_all_memory(examiner: Callable[..., Examiner]) -> None:
    verdict = examiner("double = lambda x: x").check("double", "bytearray(6_000_000_000)", 5)
    assert verdict.message == "MemoryError"


def test_a_check_may_use_a_tasks_name_for_something_else(
    examiner: Callable[..., Examiner],
) -> None:
    one = examiner("double = lambda x: 2 * x")
    assert one.check("double", "double = double(1)", 5).passed
    assert one.check("double", "assert double(1) == 2", 5).passed


def test_the_search_for_a_misconception_has_its_own_time(examiner: Callable[..., Examiner]) -> None:
    slow = "def double(x):\n    time.sleep(0.7)\n    return 3 * x"
    verdict = examiner(slow).check("double", CHECK, 2)
    assert (verdict.advice, verdict.lost) == ("Twice is not three times.", False)
    stuck = "calls = []\ndef double(x):\n    calls.append(x)\n    time.sleep(60 * len(calls[1:]))"
    verdict = examiner(stuck + "\n    return -2 * x").check("double", CHECK, 0.5)
    assert "wrong sign" in verdict.message
    assert (verdict.advice, verdict.lost) == ("", True)


def test_nothing_outlives_a_grader_that_is_killed() -> None:
    code = f"""
from pathlib import Path
from grading.examiner import Examiner, Setting
with Examiner(Path({str(WORK[0])!r}), {WORK[1]!r}, {SETTING!r}) as one:
    print("here", flush=True)
    one.check("double", "while True: pass", 60)
"""
    grader = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert grader.stdout.readline() == "here\n"
    time.sleep(0.5)
    family = psutil.Process(grader.pid).children(recursive=True)
    assert len(family) >= 4  # the nursery, the examiner, bwrap twice and the room
    grader.kill()
    grader.communicate()
    assert psutil.wait_procs(family, timeout=5)[1] == []


def test_a_given_cell_that_fails_is_the_teachers_fault(examiner: Callable[..., Examiner]) -> None:
    with pytest.raises(ExaminerError, match="ModuleNotFoundError: No module named 'nothing'"):
        examiner().given("import nothing")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("1 + 1", "2\n"),
        ("1 + 1;", ""),
        ("import sys\nprint('out')\nprint('err', file=sys.stderr)\n'last'", "out\nerr\n'last'\n"),
        ("!echo from the shell", "from the shell\r\n"),
        ("x = os.system('echo from a command')", "from a command\n"),
        ("%matplotlib inline", ""),
        ("display({'a': 1})", "{'a': 1}\n"),
        ("import asyncio\nawait asyncio.sleep(0, 'awaited')", "'awaited'\n"),
        ("print('\\ud800')", "\\ud800\n"),
        ("exit", ""),
    ],
)
def test_cells_do_what_they_do_in_a_notebook(
    code: str, said: str, examiner: Callable[..., Examiner]
) -> None:
    assert examiner().run(code, 5).text == said


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def f(:", "SyntaxError"),
        ("input('your name?')", "EOFError"),
        ("sys.exit('goodbye')", "SystemExit: goodbye"),
        ("%%time\ndone = True", "Wall time"),
    ],
)
def test_an_error_is_shown_and_the_next_cell_runs(
    code: str, said: str, examiner: Callable[..., Examiner]
) -> None:
    one = examiner("import sys")
    ran = one.run(code, 5)
    assert said in ran.text
    assert "\x1b" not in ran.text
    assert ran.lost == ""
    assert one.run("6 * 7", 5).text == "42\n"


def test_a_cell_that_ends_the_process_shows_what_it_wrote_before(
    examiner: Callable[..., Examiner],
) -> None:
    ran = examiner().run("print('before')\nos._exit(1)", 5)
    assert (ran.text, ran.lost) == ("before\n", ENDED)


def test_a_cell_that_does_not_end_shows_what_it_wrote_before(
    examiner: Callable[..., Examiner],
) -> None:
    ran = examiner().run("print('before')\ntime.sleep(60)", 0.5)
    assert (ran.text, ran.lost) == ("before\n", TIME_IS_UP)


def test_output_is_cut_once_and_for_all_cells_together(examiner: Callable[..., Examiner]) -> None:
    one = examiner(limits=SETTING.limits | {"output": 100})
    assert one.run("print('x' * 59)", 5).text == "x" * 59 + "\n"
    assert one.run("print('x' * 5_000_000)", 5).text == "x" * 40 + CUT
    assert one.run("print('more')", 5).text == ""


def test_a_process_that_a_cell_forks_stays_out_of_it(examiner: Callable[..., Examiner]) -> None:
    one = examiner("double = lambda x: 2 * x")
    assert one.run("child = os.fork()", 5) == Ran("")
    for _ in range(3):
        assert one.run("os.getpid() if child else 'child'", 5).text.strip().isdigit()
    assert one.check("double", CHECK, 5).passed
    count = "os.system('ls /proc/self/fd | wc -l')"
    assert one.run(f"unused = {count}", 5).text.strip() == "4"  # three streams, and the folder


def test_what_a_task_writes_is_shown_to_nobody(examiner: Callable[..., Examiner]) -> None:
    code = "def double(x):\n    print('hidden input', x)\n    display(x)\n    return 2 * x"
    one = examiner(code)
    assert one.check("double", CHECK, 5).passed
    assert one.run("'next'", 5).text == "'next'\n"


def test_a_limit_is_the_reason(examiner: Callable[..., Examiner]) -> None:
    one = examiner(limits=SETTING.limits | {"cpu": 1})
    assert "1 seconds of processor time" in one.run("while True: pass", 10).lost
