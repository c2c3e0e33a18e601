"""Compares what two tracers have printed."""

from __future__ import annotations

import re


def untagged(line: str) -> str:
    """Return a printed line without the `{pid thread task}` that there may be."""
    return re.sub(r"^(\++) \{[^}]*\} ", r"\1 ", line)


def first_difference(expected, found):
    """The first place where two lists differ, with what is around it; None if nowhere."""
    for place, pair in enumerate(zip(expected, found, strict=False)):
        if pair[0] != pair[1]:
            return _around(place, expected, found)
    if len(expected) != len(found):
        return _around(min(len(expected), len(found)), expected, found)
    return None


def _around(place, *lists):
    return place, *(lines[max(place - 3, 0) : place + 4] for lines in lists)
