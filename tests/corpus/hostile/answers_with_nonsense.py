# Answers are JSON of kinds that nobody asked for.
# Score: 0
import itertools
import sys

NONSENSE = itertools.cycle(
    [
        b"{}",
        b"[]",
        b"null",
        b'{"result": {"array": ["O", [1], "AAAA"]}}',
        b'{"result": {"array": ["<f8", [-1], "AAAAAAAAAAA="]}}',
        b'{"result": {"array": ["<f8", [1000000000, 1000000000], "AAAAAAAAAAA="]}}',
        b'{"result": {"array": [["f8"], {}, 7]}}',
        b'{"result": {"function": 0}}',
        b'{"result": {"generator": {"state": "x"}}}',
        b'{"result": {"dict": [[{"list": []}, 1]]}}',
        b'{"result": 0, "changed": 7}',
        b'{"result": 0, "changed": [[99, null]]}',
        b'{"result": 0, "changed": [["a", {"array": 3}]]}',
        b'{"function": 12, "arguments": 3}',
        b'{"function": "x"}',
        b'{"raised": 7}',
        b'{"raised": ["StopIteration", {}]}',
        b'{"raised": ["UnicodeDecodeError", "x"]}',
        b'{"raised": ["KeyboardInterrupt", "x"]}',
        b'{"raised": ["__import__", "os"]}',
        b'{"result": ' + b"9" * 100_000 + b"}",
        b'{"result": ' + b"[" * 100_000,
        b'{"result": "\\ud800"}',
        b'{"raised": ["ValueError", "\\ud800"]}',
        b"\xff\xfe",
    ]
)


def send(line, **message):
    data = next(NONSENSE)
    line.connection.sendall(len(data).to_bytes(8, "big") + data)


for module in list(sys.modules.values()):
    if hasattr(module, "Line") and hasattr(module, "encode"):
        module.Line.send = send
