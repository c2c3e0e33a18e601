"""Where the values come from that a line reads, as far as they differ between runs."""

from __future__ import annotations

import re

from ..runtime.builtins import __builtins__ as __builtins__
from .streams import RESULT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .streams import Name, Place, Stream, Tokens

_MOST = 4
_WORD = re.compile(r"[^\W\d]\w*")


def reads(runs: Sequence[Stream], tokens: Tokens, place: Place) -> list[Name]:
    """Return the names that led to what a line read, the nearest first."""
    first = _first(runs)
    varying = [name for name in _varying(runs) if name in first]
    begins = min((time for name, time in first.items() if name[:2] == place), default=0)
    found: dict[Name, None] = {}
    work, seen = [place], {place}
    while work and len(found) < _MOST:
        for name in _read(varying, tokens, work.pop(0)):
            if name[:2] not in seen and first[name] < begins:
                seen.add(name[:2])
                found[name] = None
                work.append(name[:2])
    return list(found)[:_MOST]


def _first(runs: Sequence[Stream]) -> dict[Name, int]:
    """When each name first had a value, in any of the runs."""
    first: dict[Name, int] = {}
    for run in runs:
        for name, time in run.first.items():
            first[name] = min(time, first.get(name, time))
    return first


def _varying(runs: Sequence[Stream]) -> list[Name]:
    names = {name for run in runs for name in run.values}
    first = runs[0].values
    return [
        name
        for name in sorted(names)
        if any(run.values.get(name) != first.get(name) for run in runs)
    ]


def _read(varying: list[Name], tokens: Tokens, place: Place) -> Iterator[Name]:
    path, line = place
    for word in dict.fromkeys(_WORD.findall(tokens.texts.get(place, ""))):
        own = [name for name in varying if name[0] == path and name[2] == word and name[1] != line]
        if own:
            yield max(own, key=lambda name: (name[1] < line, name[1]))
        yield from _results(varying, tokens, word)


def _results(varying: list[Name], tokens: Tokens, function: str) -> Iterator[Name]:
    """What a function of this name returned, or yielded, at the first such line."""
    head = re.compile(rf"\s*(?:async )?def {re.escape(function)}\b")
    for (path, begins), text in tokens.texts.items():
        if head.match(text):
            results = [
                name
                for name in varying
                if name[0] == path and name[1] > begins and name[2] == RESULT
            ]
            yield from sorted(results, key=lambda name: (_ends(tokens, name), name[1]))[:1]


def _ends(tokens: Tokens, name: Name) -> bool:
    """Whether a result is that of a generator that ended, or of a function without `return`."""
    text = tokens.texts.get(name[:2], "")
    return "return" not in text and "yield" not in text
