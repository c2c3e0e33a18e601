"""Lines that set what a deciding line reads: attributes, items, variables of the environment."""

from __future__ import annotations

import re

from ..runtime.builtins import __builtins__ as __builtins__
from .alignment import shown_number
from .calls import callers_of
from .mutators import sets_environment, sets_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .calls import Run
    from .differences import Difference

    Place = tuple[str, int]

_MOST = 4
_CALLERS = 6
_ATTRIBUTE = re.compile(r"\.([^\W\d]\w*)(?!\w|\s*\()")


class Setters:
    """Finds such lines among all that two runs ran."""

    def __init__(self, one: Run, other: Run, shown: Callable[[str, int], str]) -> None:
        self._runs = one, other
        self._shown = shown
        self._ran = one.sources.places(), other.sources.places()
        self._texts = {**self._ran[1], **self._ran[0]}

    def lines(self, chain: Sequence[Difference]) -> Iterator[str]:
        """Yield those for the last difference of a chain that has any."""
        shown = {(found.path, found.line) for found in chain}
        pair = chain[0].pair
        shown |= {(pair.one.path, line) for line in {*pair.one.lines, *pair.other.lines}}
        only = [place for place in self._texts if self._is_of_one(place) and place not in shown]
        for found in reversed(chain):
            line = self._texts.get((found.path, found.line), "")
            setters = [*sets_environment(self._texts, only, line)]
            setters += sets_name(self._texts, only, line)
            if setters:
                yield "~ only one of the runs has a line that sets what is read there:"
                yield from map(self._told, list(dict.fromkeys(setters))[:_MOST])
                return
        yield from self._of_attributes(chain[-1])

    def _is_of_one(self, place: Place) -> bool:
        return (place in self._ran[0]) != (place in self._ran[1])

    def _told(self, place: Place) -> str:
        side = "A" if place in self._ran[0] else "B"
        return f"{self._shown(*place)}    # only {side}{self._in(place)}"

    def _in(self, place: Place) -> str:
        """In which function a line ran for the first time, and who had called it."""
        for run in self._runs:
            if chain := callers_of(run.roots.values(), place):
                told = [f"{path}:{shown_number(line)} {name}" for path, line, name in chain[1:]]
                by = ", by " + ", ".join(told[:_CALLERS]) if told else ""
                return f", in {chain[0][2]}{by}"
        return ""

    def _of_attributes(self, found: Difference) -> Iterator[str]:
        """Yield what sets the attributes that a line reads, in both runs."""
        line = self._texts.get((found.path, found.line), "")
        names = " ".join(dict.fromkeys(_ATTRIBUTE.findall(line)))
        own = found.path, found.line
        setters = [place for place in sets_name(self._texts, self._texts, names) if place != own]
        if names and setters:
            yield "~ what is read there is set by:"
            yield from (self._shown(*place) for place in sorted(setters)[:_MOST])
