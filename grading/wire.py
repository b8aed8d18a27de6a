"""The wire between the two rooms: plain data, as JSON over a Unix socket.

The student's functions live in room 1 (`answer`), the checks in room 2 (`Room`). What crosses is
rebuilt on arrival from None, bool, int, float, str, list, tuple, dict, numeric arrays and random
generators, with caps on size and depth; nothing is ever unpickled, so no object of a student's
class reaches the checks. A check may pass functions: calls of them come back over the wire.

This file imports nothing of the course, for it is also in the box.
"""

from __future__ import annotations

import base64
import builtins
import contextlib
import json
import math
import os
import socket
import time
from collections.abc import Callable
from typing import Any

import numpy as np

LARGEST = 32_000_000  # bytes of one message
MOST = 500_000  # values in one message; the entries of an array count as one
DEEPEST = 20  # lists in lists
LONGEST = 2_000  # characters of an error message
TIME_IS_UP = "stopped: the code was still running when its time was up"
ENDED = "stopped: the code ended its own process"
NUMERIC = "biufc"  # kinds of dtype: bool, int, unsigned, float, complex


class WireError(TypeError):
    """Raised for a value that cannot cross, with the reason in words."""


class RoomLost(BaseException):
    """Raised in room 2 when room 1 gives no answer any more. No check may swallow it."""


def encode(value: Any, functions: list[Callable] | None = None, depth: int = 0) -> Any:
    """Return `value` as what JSON can write; put functions into `functions` where that is given."""
    if depth > DEEPEST:
        raise WireError(f"a value is nested more than {DEEPEST} levels deep")
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) in (list, tuple):
        return {type(value).__name__: [encode(item, functions, depth + 1) for item in value]}
    if type(value) is dict:
        pairs = [[encode(key), encode(item, functions, depth + 1)] for key, item in value.items()]
        return {"dict": pairs}
    if isinstance(value, np.ndarray | np.generic):
        array = np.array(value)
        if array.dtype.kind not in NUMERIC:
            raise WireError(f"an array has dtype {array.dtype}; expected numbers")
        kind = "array" if isinstance(value, np.ndarray) else "scalar"
        return {
            kind: [array.dtype.str, list(array.shape), base64.b64encode(array.tobytes()).decode()]
        }
    if isinstance(value, np.random.Generator):
        return {"generator": value.bit_generator.state}
    if functions is not None and callable(value):
        functions.append(value)
        return {"function": len(functions) - 1}
    raise WireError(f"a value is of type {type(value).__name__}; expected numbers or arrays")


def decode(data: Any, function: Callable[[int], Callable] | None = None, depth: int = 0) -> Any:
    """Return the value that `encode` wrote; `function` makes the stand-in of a function.

    Raises WireError for anything that `encode` would not have written.
    """
    if depth > DEEPEST:
        raise WireError(f"a value is nested more than {DEEPEST} levels deep")
    if data is None or type(data) in (bool, int, float, str):
        return data
    try:
        ((kind, content),) = data.items()
        if kind in ("list", "tuple"):
            items = [decode(item, function, depth + 1) for item in content]
            return items if kind == "list" else tuple(items)
        if kind == "dict":
            return {decode(key): decode(item, function, depth + 1) for key, item in content}
        if kind in ("array", "scalar"):
            name, shape, text = content
            dtype = np.dtype(name)
            if dtype.kind not in NUMERIC or min(shape, default=0) < 0:
                raise WireError(f"an array has dtype {dtype} and shape {shape}")
            raw = base64.b64decode(text, validate=True)
            array = np.ndarray(shape, dtype, buffer=raw).copy()
            return array if kind == "array" else array[()]
        if kind == "generator":
            bits = np.random.PCG64()
            bits.state = content
            return np.random.Generator(bits)
        if kind == "function" and function is not None:
            return function(int(content))
    except (ValueError, KeyError, AttributeError, OverflowError, TypeError) as problem:
        raise WireError(f"a message makes no sense: {str(problem)[:LONGEST]}") from None
    raise WireError(f"a message makes no sense: {str(kind)[:LONGEST]}")


class Line:
    """One end of a connected socket: messages with their length before them."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.deadline = math.inf

    def send(self, **message: Any) -> None:
        """Send a message; a message beyond the cap is a WireError, and nothing is sent."""
        data = json.dumps(message).encode()
        if len(data) > LARGEST:
            raise WireError(f"a value takes more than {LARGEST // 1_000_000} MB")
        self._set_timeout()
        self.connection.sendall(len(data).to_bytes(8, "big") + data)

    def receive(self) -> dict[str, Any]:
        """Return the next message; raise OSError or ValueError where none comes that is sound."""
        size = int.from_bytes(self._read(8), "big")
        if size > LARGEST:
            raise ValueError("a message is too long")
        data = self._read(size)
        if sum(map(data.count, (b",", b"[", b"{"))) > MOST:
            raise ValueError("a message holds too many values")
        message = json.loads(data)
        if not isinstance(message, dict):
            raise ValueError("a message is no object")
        return message

    def _read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            self._set_timeout()
            part = self.connection.recv(min(size - len(data), 1 << 16))
            if not part:
                raise ConnectionError("the other room is closed")
            data += part
        return bytes(data)

    def _set_timeout(self) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.connection.settimeout(None if left == math.inf else left)


def described(problem: BaseException) -> list[str]:
    """Return the class and the text of an exception, for a message."""
    name = "TypeError" if isinstance(problem, WireError) else type(problem).__name__
    try:
        return [name, str(problem)[:LONGEST]]
    except BaseException:  # the text of an exception is the student's code, too
        return [name, ""]


def raised(error: Any) -> Exception:
    """Return the exception that a message describes; one that is not built in has only its name."""
    name, text = error
    kind = getattr(builtins, name, None)
    if isinstance(kind, type) and issubclass(kind, Exception):
        with contextlib.suppress(TypeError):
            return kind(text[:LONGEST])
    return type(name[:LONGEST], (RuntimeError,), {})(text[:LONGEST])


class Room:
    """Room 1 as room 2 sees it: runs cells there, and calls functions by name.

    `connection` is the socket that the room answers at, `output` the file of all it writes. Raises
    RoomLost, with what it wrote, where the room does not begin.
    """

    def __init__(self, connection: socket.socket, output: int) -> None:
        self.line = Line(connection)
        self.output = output
        self.line.deadline = time.monotonic() + 60
        try:
            self.line.receive()
        except (OSError, ValueError):
            raise RoomLost(f"the box did not start: {self.written(LONGEST)}") from None

    def run(self, source: str, seconds: float, most: int) -> tuple[str, str]:
        """Run a cell; return what it wrote, cut at `most` bytes, and why it did not end, or ""."""
        os.ftruncate(self.output, 0)
        self.line.deadline = time.monotonic() + seconds
        lost = ""
        try:
            self.line.send(run=source)
            self.line.receive()
        except TimeoutError:
            lost = TIME_IS_UP
        except (OSError, ValueError, RecursionError, MemoryError):
            lost = ENDED
        return self.written(most), lost

    def written(self, most: int) -> str:
        """Return the first `most` bytes of what the room wrote."""
        return os.pread(self.output, most, 0).decode(errors="replace")

    def call(self, name: str, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Return what the student's function gives; what it changed in its arguments is changed.

        Raises what the function raised, or RoomLost when no sound answer comes in time.
        """
        functions: list[Callable] = []
        arguments = [*args, *kwargs.values()]
        sent = [encode(argument, functions) for argument in arguments]
        try:
            self.line.send(call=name, arguments=sent, names=list(kwargs))
            while "function" in (reply := self.line.receive()):
                self._call_back(functions, reply)
            for index, data in reply.get("changed", []):
                overwrite(arguments[index], decode(data))
            outcome = raised(reply["raised"]) if "raised" in reply else decode(reply["result"])
        except TimeoutError:
            raise RoomLost(TIME_IS_UP) from None
        except (OSError, ValueError, TypeError, LookupError, RecursionError, MemoryError):
            raise RoomLost(ENDED) from None
        if "raised" in reply:
            raise outcome
        return outcome

    def _call_back(self, functions: list[Callable], reply: dict[str, Any]) -> None:
        try:
            result = functions[reply["function"]](*decode(reply["arguments"]))
            self.line.send(result=encode(result))
        except Exception as problem:
            self.line.send(raised=described(problem))


def overwrite(argument: Any, changed: Any) -> None:
    """Do to an argument in this room what the student's code did to its copy in the other."""
    if isinstance(argument, np.ndarray) and isinstance(changed, np.ndarray):
        if argument.shape == changed.shape and argument.dtype == changed.dtype:
            argument[...] = changed
    elif isinstance(argument, np.random.Generator) and isinstance(changed, np.random.Generator):
        argument.bit_generator.state = changed.bit_generator.state
    elif type(argument) is type(changed) is list:
        argument[:] = changed


def answer(line: Line, message: dict[str, Any], namespace: dict[str, Any]) -> None:
    """Call the function in room 1 that `message` names, and send what it gives."""
    try:
        line.send(**reply_to(line, message, namespace))
    except BaseException as problem:  # whatever the student's code raises is an answer
        line.send(raised=described(problem))


def reply_to(line: Line, message: dict[str, Any], namespace: dict[str, Any]) -> dict[str, Any]:
    """Return what a called function gave or raised, and how it changed its arguments."""

    def stand_in(number: int) -> Callable:
        def function(*args: Any) -> Any:
            line.send(function=number, arguments=encode(args))
            reply = line.receive()
            if "raised" in reply:
                raise raised(reply["raised"])
            return decode(reply["result"])

        return function

    name, names = message["call"], message["names"]
    if name not in namespace:
        raise NameError(f"name {name!r} is not defined")
    arguments = [decode(data, stand_in) for data in message["arguments"]]
    split = len(arguments) - len(names)
    named = dict(zip(names, arguments[split:], strict=True))
    try:
        reply = {"result": encode(namespace[name](*arguments[:split], **named))}
    except Exception as problem:  # changed arguments are told all the same
        reply = {"raised": described(problem)}
    pairs = zip(message["arguments"], arguments, strict=True)
    changed = [
        [index, now]
        for index, (data, argument) in enumerate(pairs)
        if not callable(argument) and (now := encode(argument)) != data
    ]
    return reply | {"changed": changed}
