"""Lines that change an object in place, as no new value of a name shows."""

from __future__ import annotations

import re

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .streams import Place

_METHODS = (
    "append|appendleft|add|insert|extend|update|pop|popleft|popitem|remove|discard|clear|sort|reverse"
    "|setdefault|put|push|write"
)
_WORD = re.compile(r"(?<![\w.'\"])[^\W\d]\w*")


def mutators(texts: dict[Place, str], places: Iterable[Place], line: str) -> list[Place]:
    """Return the places, of those given, that change what a line names."""
    names = "|".join(dict.fromkeys(_WORD.findall(line)))
    if not names:
        return []
    changes = re.compile(
        rf"\b(?:{names})\s*(?:\.\s*(?:{_METHODS})\s*\(|\[[^\]]*\]\s*[-+*/|&]?=(?!=))"
    )
    return [
        place
        for place in dict.fromkeys(places)
        if texts.get(place) != line and changes.search(texts.get(place, ""))
    ]
