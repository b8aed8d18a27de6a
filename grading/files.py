"""Small things about files and the texts of strangers that several parts of the grader need."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, content: bytes, time: int | None = None) -> None:
    """Write a file whole or not at all, and its folder where it lacks, as of `time` if given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(content)
    if time is not None:
        os.utime(part, (time, time))
    os.replace(part, path)


def brief(text: str) -> str:
    """Return the first line of a text that may be a stranger's, fit for a terminal."""
    first = "".join(
        c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text.strip().split("\n")[0]
    )
    return first if len(first) <= 200 else f"{first[:200]} ..."
