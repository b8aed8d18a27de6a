"""The wire: what crosses is plain data, and nothing else can."""

import contextlib
import json
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from grading.wire import (
    DEEPEST,
    LARGEST,
    Line,
    Room,
    RoomLost,
    WireError,
    answer,
    decode,
    encode,
)


def crossed(value: Any) -> Any:
    return decode(json.loads(json.dumps(encode(value))))


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 0, -(10**30), 1.5, float("inf"), "text", "", [], (), {}),
        *([1, [2.0, (None, "x")]], {"a": 1, 2: [3]}, {(1, 2): 3}),
    ],
)
def test_plain_values_cross(value: Any) -> None:
    assert crossed(value) == value
    assert type(crossed(value)) is type(value)


@pytest.mark.parametrize("dtype", ["?", "i1", "u8", "f4", "f8", "c16", ">f8", "f2"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0), (2, 3, 4)])
def test_arrays_cross(dtype: str, shape: tuple[int, ...]) -> None:
    value = np.ones(shape, dtype)
    result = crossed(value)
    assert type(result) is np.ndarray
    assert (result.dtype, result.shape) == (value.dtype, value.shape)
    np.testing.assert_array_equal(result, value)
    assert result.flags.writeable


def test_scalars_and_odd_floats_cross() -> None:
    assert type(crossed(np.float32(1.5))) is np.float32
    assert np.isnan(crossed(float("nan")))
    np.testing.assert_array_equal(crossed(np.array([np.nan, -np.inf])), [np.nan, -np.inf])
    np.testing.assert_array_equal(crossed(np.arange(6).reshape(2, 3).T), [[0, 3], [1, 4], [2, 5]])


def test_a_generator_crosses_with_its_state() -> None:
    rng = np.random.default_rng(0)
    rng.normal(size=3)
    assert crossed(rng).normal() == rng.normal()


class LyingFloat(float):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


class LyingArray(np.ndarray):
    def __eq__(self, other: object) -> bool:
        return True

    def __array_ufunc__(self, *args: Any, **kwargs: Any) -> bool:
        return True


class LyingDict(dict):
    def items(self) -> list:
        return [("a", 1)]


class Pretender:
    __class__ = float

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        return np.zeros(3)


@pytest.mark.parametrize(
    "value",
    [
        *(
            object(),
            Pretender(),
            LyingFloat(2),
            LyingDict(),
            print,
            (i for i in "ab"),
            {1, 2},
            b"bytes",
        ),
        *(np.array([None]), np.array(["text"]), np.zeros(2, "f8,i4"), np.datetime64("2020-01-01")),
        *([[[[object()]]]], {"a": object()}, {object(): 1}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_nothing_else_crosses(value: Any) -> None:
    with pytest.raises(WireError):
        encode(value)


def test_a_subclass_of_an_array_arrives_as_a_plain_array() -> None:
    result = crossed(np.zeros(3).view(LyingArray))
    assert type(result) is np.ndarray
    assert not (result == 1).any()


def test_depth_is_capped_on_both_sides() -> None:
    deep: list = []
    data: Any = None
    for _ in range(DEEPEST + 2):
        deep, data = [deep], {"list": [data]}
    with pytest.raises(WireError, match="nested"):
        encode(deep)
    with pytest.raises(WireError, match="nested"):
        decode(data)
    endless: list = []
    endless.append(endless)
    with pytest.raises(WireError, match="nested"):
        encode(endless)


@pytest.mark.parametrize(
    "data",
    [
        [1],
        {},
        {"list": 3},
        {"list": [1], "tuple": [2]},
        {"object": 1},
        {"dict": [[{"list": []}, 1]]},
        {"dict": [1]},
        {"array": ["|O", [1], "AAAAAAAAAAA="]},
        {"array": ["<f8", [2], "AAAAAAAAAAA="]},
        {"array": ["<f8", [-1], "AAAAAAAAAAA="]},
        {"array": ["<f8", [10**18], ""]},
        {"array": ["<f8", [1], "not base64"]},
        {"array": ["nonsense", [1], ""]},
        {"array": "??"},
        {"generator": {"bit_generator": "seed"}},
        {"function": 0},
    ],
)
def test_malformed_messages_are_refused(data: Any) -> None:
    with pytest.raises(WireError):
        decode(data)


def message(data: bytes) -> bytes:
    return len(data).to_bytes(8, "big") + data


@pytest.fixture
def connect() -> Iterator[Callable[[], tuple[Room, socket.socket]]]:
    """Make rooms whose other end is a socket in the hands of the test."""
    with contextlib.ExitStack() as stack:

        def make() -> tuple[Room, socket.socket]:
            ours, theirs = map(stack.enter_context, socket.socketpair())
            theirs.sendall(message(b"{}"))
            made = Room(ours, stack.enter_context(tempfile.TemporaryFile()).fileno())
            made.line.deadline = time.monotonic() + 5
            return made, theirs

        yield make


@pytest.fixture
def room(connect: Callable[[], tuple[Room, socket.socket]]) -> Callable[..., Room]:
    """Answer calls of functions in a thread of this process."""

    def make(**namespace: Any) -> Room:
        made, theirs = connect()
        line = Line(theirs)

        def answer_all() -> None:
            with contextlib.suppress(OSError):
                while True:
                    answer(line, line.receive(), namespace)

        threading.Thread(target=answer_all, daemon=True).start()
        return made

    return make


def test_calls_with_positional_and_named_arguments(room: Callable[..., Room]) -> None:
    there = room(power=lambda base, exponent=2: base**exponent)
    assert there.call("power", (3,), {}) == 9
    assert there.call("power", (), {"base": 2, "exponent": 5}) == 32
    np.testing.assert_array_equal(there.call("power", (np.arange(3),), {"exponent": 3}), [0, 1, 8])


def test_exceptions_come_back_with_their_name(room: Callable[..., Room]) -> None:
    class OwnError(Exception):
        pass

    def fail(kind: str) -> None:
        raise {"own": OwnError, "exit": SystemExit, "value": ValueError}[kind]("x" * 10_000)

    there = room(fail=fail)
    with pytest.raises(ValueError, match=r"^x{2000}$"):
        there.call("fail", ("value",), {})
    for kind, name in (("own", "OwnError"), ("exit", "SystemExit")):
        with pytest.raises(RuntimeError, match=r"^x{2000}$") as caught:
            there.call("fail", (kind,), {})
        assert type(caught.value).__name__ == name
    with pytest.raises(NameError, match="name 'other' is not defined"):
        there.call("other", (), {})


def test_functions_passed_by_a_check_work(room: Callable[..., Room]) -> None:
    def slope(f: Callable, x: np.ndarray, h: float = 1e-6) -> np.ndarray:
        return (f(x + h) - f(x - h)) / (2 * h)

    there = room(slope=slope)
    result = there.call("slope", (np.sin, np.array([0.0, 1.0])), {})
    np.testing.assert_allclose(result, np.cos([0, 1]), rtol=1e-8)
    assert there.call("slope", (lambda x: x**2, 3.0), {}) == pytest.approx(6)

    def broken(x: float) -> float:
        raise ZeroDivisionError("no slope here")

    with pytest.raises(ZeroDivisionError, match="no slope here"):
        there.call("slope", (broken, 1.0), {})


def test_changed_arguments_are_changed_here_too(room: Callable[..., Room]) -> None:
    def change(array: np.ndarray, rng: np.random.Generator, items: list) -> None:
        array *= 2
        rng.normal()
        items.append(1)

    there = room(change=change, keep=lambda array: array.sum())
    array, rng, items = np.ones(3), np.random.default_rng(0), [0]
    there.call("change", (array,), {"rng": rng, "items": items})
    expected = np.random.default_rng(0)
    expected.normal()
    np.testing.assert_array_equal(array, [2, 2, 2])
    assert rng.normal() == expected.normal()
    assert items == [0, 1]
    there.call("keep", (array,), {})
    np.testing.assert_array_equal(array, [2, 2, 2])


def test_a_result_changed_afterwards_is_not_changed_here(room: Callable[..., Room]) -> None:
    kept = np.zeros(2)
    there = room(give=lambda: kept)
    result = there.call("give", (), {})
    kept += 1
    np.testing.assert_array_equal(result, [0, 0])


def test_a_result_that_cannot_cross_is_a_type_error(room: Callable[..., Room]) -> None:
    there = room(give=lambda: object(), large=lambda: np.zeros(LARGEST // 8 + 1))
    with pytest.raises(TypeError, match="a value is of type object; expected numbers or arrays"):
        there.call("give", (), {})
    with pytest.raises(TypeError, match="a value takes more than 32 MB"):
        there.call("large", (), {})
    assert there.line.deadline > time.monotonic()


def test_no_answer_in_time_means_the_room_is_lost(room: Callable[..., Room]) -> None:
    there = room(sleep=time.sleep)
    there.line.deadline = time.monotonic() + 0.2
    with pytest.raises(RoomLost, match="still running"):
        there.call("sleep", (2,), {})


@pytest.mark.parametrize(
    "forged",
    [
        b"",
        b"\xff" * 8,
        message(b"not json!!"),
        message(b"3"),
        message(b"{}"),
        message(b"[" * 100_000),
    ],
)
def test_a_forged_answer_means_the_room_is_lost(
    forged: bytes, connect: Callable[[], tuple[Room, socket.socket]]
) -> None:
    room, theirs = connect()
    theirs.sendall(forged)
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(RoomLost, match="ended its own process"):
        room.call("f", (), {})


@pytest.mark.parametrize(
    "forged",
    [
        (LARGEST + 1).to_bytes(8, "big"),
        message(b'{"result": {"list": [' + b"0," * 500_000 + b'0]}, "changed": []}'),
    ],
    ids=["long", "many"],
)
def test_an_answer_beyond_the_caps_is_refused_at_once(
    forged: bytes, connect: Callable[[], tuple[Room, socket.socket]]
) -> None:
    room, theirs = connect()
    threading.Thread(target=theirs.sendall, args=[forged], daemon=True).start()
    with pytest.raises(RoomLost, match="ended its own process"):
        room.call("f", (), {})


def test_a_forged_error_is_cut(connect: Callable[[], tuple[Room, socket.socket]]) -> None:
    for name in ("ValueError", "Own" * 10_000):
        room, theirs = connect()
        theirs.sendall(message(json.dumps({"raised": [name, "x" * 10_000]}).encode()))
        with pytest.raises((ValueError, RuntimeError), match=r"^x{2000}$") as caught:
            room.call("f", (), {})
        assert len(type(caught.value).__name__) <= 2_000


def test_no_message_is_awaited_when_the_time_is_up(
    connect: Callable[[], tuple[Room, socket.socket]],
) -> None:
    room, theirs = connect()
    theirs.sendall(message(b'{"result": 1, "changed": []}'))
    room.line.deadline = time.monotonic() - 1
    with pytest.raises(RoomLost, match="still running"):
        room.call("f", (), {})


@pytest.mark.parametrize(
    "reply",
    [
        {"changed": 3},
        {"changed": [[7, None]]},
        {"changed": [[0, {"object": 1}]]},
        {"raised": 3},
        {"raised": [["list"], 1]},
        {"result": {"object": 1}},
        {"function": "no number", "arguments": []},
    ],
)
def test_an_answer_of_another_form_is_an_error_or_a_lost_room(
    reply: Any, connect: Callable[[], tuple[Room, socket.socket]]
) -> None:
    room, theirs = connect()
    room.line.deadline = time.monotonic() + 1
    theirs.sendall(message(json.dumps(reply).encode()))
    with pytest.raises((RoomLost, TypeError, RuntimeError)):
        room.call("f", (1,), {})


def test_a_room_that_does_not_begin_says_what_it_wrote() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours, tempfile.TemporaryFile() as output:
        output.write(b"bwrap: no user namespaces\n")
        output.flush()
        with pytest.raises(RoomLost, match="did not start: bwrap: no user namespaces"):
            Room(ours, output.fileno())
