"""Room 2: what a check says, how long it may take, and that it goes on after the worst."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from grading.examiner import Examiner
from grading.wire import ENDED, TIME_IS_UP, serve

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


@pytest.fixture
def examiner(tmp_path: Path) -> Iterator[Callable[..., Examiner]]:
    """An examiner whose room 1 is a thread of this process with the functions given."""
    made: list[Examiner] = []

    def make(
        given: tuple[str, ...] = ("from checks import assert_close",), **room: Any
    ) -> Examiner:
        serve(str(tmp_path / "calls"), room)
        made.append(Examiner(str(ROOT / "exercises"), ["double"], MISCONCEPTIONS))
        for source in given:
            made[0].given(source)
        made[0].connect(str(tmp_path / "calls"))
        return made[0]

    yield make
    for one in made:
        one.stop()


def test_a_right_answer_passes(examiner: Callable[..., Examiner]) -> None:
    assert examiner(double=lambda x: x + x).check("double", CHECK, 5).passed


def test_a_wrong_answer_says_what_and_where(examiner: Callable[..., Examiner]) -> None:
    verdict = examiner(double=lambda x: -2 * x).check("double", CHECK, 5)
    assert not verdict.passed
    assert "wrong sign" in verdict.message
    assert (
        verdict.place == "in line 2 of the check: assert_close(double(np.ones(2)), np.full(2, 2.0))"
    )
    assert verdict.advice == ""


def test_a_hidden_line_is_not_shown(examiner: Callable[..., Examiner]) -> None:
    verdict = examiner(double=lambda x: x + x if len(x) == 2 else -2 * x).check("double", CHECK, 5)
    assert verdict.place == "in the part of the check that is not shown"
    assert "14" not in verdict.message + verdict.place


@pytest.mark.parametrize(
    ("hidden", "said"),
    [
        ("np.testing.assert_allclose(double(np.full(2, 7.0)), 14.25)", "The result is wrong."),
        ("assert double(np.full(2, 7.0)) is None, 'not 14.25'", "The result is wrong."),
        ("np.zeros(14)[double(np.array([14.25]))]", "IndexError."),
        ("double('14.25')", "StudentsError: 14.25"),
    ],
)
def test_a_message_that_may_quote_hidden_values_is_not_shown(
    hidden: str, said: str, examiner: Callable[..., Examiner]
) -> None:
    class StudentsError(Exception):
        pass

    def double(x: Any) -> Any:
        if isinstance(x, str):
            raise StudentsError(x)
        return 2 * x

    check = CHECK.replace(CHECK.splitlines()[4], hidden)
    assert examiner(double=double).check("double", check, 5).message == said


def test_a_misconception_gets_its_advice(examiner: Callable[..., Examiner]) -> None:
    verdict = examiner(double=lambda x: x + x + x).check("double", CHECK, 5)
    assert verdict.advice == "Twice is not three times."


def test_a_missing_function_and_an_exception(examiner: Callable[..., Examiner]) -> None:
    verdict = examiner().check("double", CHECK, 5)
    assert verdict.message == "NameError: name 'double' is not defined"


def test_an_exception_of_the_students(examiner: Callable[..., Examiner]) -> None:
    class StuckError(Exception):
        pass

    def double(x: Any) -> None:
        raise StuckError("somewhere")

    assert examiner(double=double).check("double", CHECK, 5).message == "StuckError: somewhere"


def test_a_call_without_end_costs_its_time_and_no_more(examiner: Callable[..., Examiner]) -> None:
    start = time.monotonic()
    verdict = examiner(double=lambda x: time.sleep(60)).check("double", CHECK, 0.5)
    assert (verdict.lost, verdict.message) == (True, TIME_IS_UP)
    assert time.monotonic() - start < 5


def test_no_check_can_swallow_that_a_room_is_lost(examiner: Callable[..., Examiner]) -> None:
    check = "try:\n    double(1)\nexcept Exception:\n    pass\n"
    verdict = examiner(double=lambda x: time.sleep(60)).check("double", check, 0.5)
    assert verdict.lost
    assert not verdict.passed


def test_a_room_that_is_not_there_is_lost(tmp_path: Path) -> None:
    with Examiner(str(ROOT / "exercises"), ["double"], MISCONCEPTIONS) as alone:
        alone.given("from checks import assert_close")
        verdict = alone.check("double", CHECK, 1)
        assert (verdict.lost, verdict.message) == (True, ENDED)


def test_a_check_without_end_is_stopped_and_the_next_one_runs(
    examiner: Callable[..., Examiner], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = examiner(given=("from checks import assert_close", "given = 5"), double=lambda x: 2 * x)
    order = one.order
    monkeypatch.setattr(one, "order", lambda seconds, *words: order(min(seconds, 1), *words))
    verdict = one.check("double", "while True: pass", 1)
    assert (verdict.lost, verdict.message) == (True, TIME_IS_UP)
    assert one.process is None
    monkeypatch.undo()
    assert one.check("double", "assert given == 5", 1).passed


def test_the_examiner_is_another_process_and_ends(examiner: Callable[..., Examiner]) -> None:
    one = examiner(double=lambda x: x)
    one.check("double", "import os\nos.getpid()", 5)
    process = one.process
    assert process.poll() is None
    one.stop()
    assert process.poll() is not None


def test_what_a_check_prints_reaches_nobody(
    examiner: Callable[..., Examiner], capfd: pytest.CaptureFixture
) -> None:
    assert examiner(double=lambda x: x).check("double", "print('seen')", 5).passed
    assert "seen" not in capfd.readouterr().out
