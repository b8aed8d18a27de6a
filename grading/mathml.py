"""TeX as MathML, which browsers show without a script: for the book and for pages of feedback."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py_mini_racer import MiniRacer

TEMML = Path(__file__).parent / "vendor" / "temml" / "temml.min.js"
# TeX puts a thin space before a named function; Temml forgets it after an index or a bracket.
NO_SPACE = re.compile(r"(</(?:msub|msup|msubsup|mfrac|mrow|mover)><mrow>)(?=<mi>\w\w+</mi><mo>⁡)")


@cache
def _temml() -> MiniRacer:
    from py_mini_racer import MiniRacer  # not needed to grade

    engine = MiniRacer()
    engine.eval(TEMML.read_text("utf-8"))
    return engine


def to_mathml(tex: str, display: bool = False) -> str:
    """Return a formula in TeX as MathML; `display` is for a formula on a line of its own.

    Raises ValueError, with the place of the mistake, for what is not TeX.
    """
    from py_mini_racer import JSEvalException, JSTimeoutException

    options = {"displayMode": display, "throwOnError": True, "wrap": "none" if display else "tex"}
    try:
        mathml = _temml().call("temml.renderToString", tex, options, timeout_sec=5)
    except (JSEvalException, JSTimeoutException) as problem:
        said = re.search(r"ParseError: *(.*)", str(problem))
        reason = said[1] if said else "it takes too long"
        raise ValueError(f"cannot read the TeX {tex!r}: {reason}") from None
    mathml = mathml.replace(' fence="true"', "")  # brackets are fences anyway
    return NO_SPACE.sub(r'\1<mspace width="0.1667em"></mspace>', mathml)
