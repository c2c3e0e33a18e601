"""A recording that is folded while it is written: each line and each way once, as it is new."""

from __future__ import annotations

import json

from .. import reading
from ..runtime.builtins import __builtins__ as __builtins__
from .names import Names, counted, times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_WAYS = 8
"""As many ways of a loop are shown with their counts."""


class Live:
    """One process that is followed."""

    def __init__(self, path: str, root: str) -> None:
        """Raises `OSError`, and `ValueError` if the file is no recording (yet)."""
        self._follower = reading.follow(path)
        self.names = Names({"files": [], "places": []}, root)
        self.last = 0
        """The line that ran last."""
        self._usual: dict[int, list[int]] = {}
        """The first way of each loop, which the others are compared with."""

    def news(self) -> tuple[bool, list[str]]:
        """Return whether lines have run since the last time, and what was new of them.

        Raises `OSError`, and `ValueError` if the recording is damaged.
        """
        told = json.loads(reading.news(self._follower))
        self.names.extend(told)
        self.last = told["last"]
        return bool(told["advanced"]), [line for news in told["news"] for line in self._new(news)]

    def _new(self, news: list[int]) -> Iterator[str]:
        if len(news) == 1:
            yield self.names.shown(news[0])
            return
        loop, file, header, number, *places = news
        usual = self._usual.setdefault(loop, places)
        if usual is not places:
            where = f"~ new in round {number:,} of {self.names.files[file]}:{header}"
            yield f"{where}: {self._difference(usual, places)}"

    def _difference(self, usual: list[int], places: list[int]) -> str:
        here, there = set(places), set(usual)
        new = [place for place in places if place not in there]
        missing = [place for place in usual if place not in here]
        text = self.names.compact(new)
        if missing:
            text += f"{' ' if text else ''}{'instead of' if text else 'without'} "
            text += self.names.compact(missing)
        return text

    def waits(self) -> str:
        """Return where the program is, if no line has run for some time."""
        return f"~ waits in {self.names.position(self.last)}" if self.last else ""

    def ways(self) -> Iterator[str]:
        """Yield what has been counted so far."""
        told = json.loads(reading.ways(self._follower))
        loops = told["loops"]
        ways = sum(len(ways) for _, ways in loops)
        text = f"# {counted(told['lines'], 'line')}, {counted(len(loops), 'loop')}"
        text += f", {counted(ways, 'way')}"
        yield text + ("; too many ways to tell all apart" if told["is_full"] else "")
        for loop, found in loops:
            yield self._counts(loop, found)

    def _counts(self, loop: list[int], ways: list[list[int]]) -> str:
        file, header, _, _, rounds, _, others = loop
        text = f"~ {self.names.files[file]}:{header}: {counted(rounds, 'round')}"
        if len(ways) == 1:
            return text if rounds == 1 else f"{text}, all the same way"
        ordered = sorted(ways, key=lambda way: (-way[2], way[3]))
        shown = [f"{times(count)} as round {first:,}" for _, _, count, first in ordered[:MOST_WAYS]]
        left = others + sum(count for _, _, count, _ in ordered[MOST_WAYS:])
        if left:
            shown.append(f"{times(left)} in other ways")
        return f"{text}, {counted(len(ways), 'way')}: {', '.join(shown)}"
