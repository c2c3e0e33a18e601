"""A recording folded: each way through a loop once, rare ways first."""

from __future__ import annotations

import re

from ..runtime.builtins import __builtins__ as __builtins__
from .names import Names, counted, times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


_PLAIN = re.compile(
    r"""[rbu]*["']|if __name__ ==|[A-Za-z_]\w*(: [\w.\[\], |]+)?( = [^()]*)?$""", re.IGNORECASE
)
"""The lines of a module, which are not indented, that say little: its text and its constants."""


class Way:
    """One way through a loop."""

    def __init__(self, loop: Loop, told: list[int], items: list[int]) -> None:
        start, length, self.count, self.first = told
        self.loop = loop
        self.items = items[start : start + length]


class Loop:
    """A loop, with all ways that its rounds took."""

    def __init__(self, told: list[Any], items: list[int]) -> None:
        (self.file, self.header, _, _, self.rounds, self.executions, self.others) = told[0]
        self.in_order = [Way(self, way, items) for way in told[1]]
        self.ways = sorted(self.in_order, key=lambda way: (-way.count, way.first))

    @property
    def usual(self) -> Way:
        return self.ways[0]

    @property
    def rare(self) -> list[Way]:
        """All others, the rarest first."""
        return sorted(self.ways[1:], key=lambda way: (way.count, way.first))


class Node:
    """A call in one of its courses, or a loop."""

    def __init__(self, told: list[int], items: list[int]) -> None:
        kind, self.number, start, length, self.count, unwound = told
        self.is_loop = kind == 1
        self.is_unwound = bool(unwound)
        self.items = items[start : start + length]


class Folded:
    """What `reading.fold` has told, or a folded recording."""

    def __init__(self, told: dict[str, Any], root: str) -> None:
        self.names = Names(told, root)
        self.lines: int = told["lines"]
        self.is_full = bool(told["is_full"])
        self.definitions = set(told["definitions"])
        items = told["items"]
        self.nodes = [Node(node, items) for node in told["nodes"]]
        self.loops = [Loop(loop, items) for loop in told["loops"]]
        self.threads = [
            (number, items[start : start + length], lines)
            for number, start, length, lines in told["threads"]
        ]
        self._flat: dict[int, tuple[int, ...]] = {}

    def places(self, items: list[int]) -> dict[int, None]:
        """Return the places that ran, each once, in their order."""
        found: dict[int, None] = {}
        work = [iter(items)]
        seen: set[int] = set()
        while work:
            item = next(work[-1], None)
            if item is None:
                work.pop()
            elif item > 0:
                found.setdefault(item)
            elif ~item not in seen:
                seen.add(~item)
                work.append(iter(self._inside(self.nodes[~item])))
        return found

    def _inside(self, node: Node) -> list[int]:
        if not node.is_loop:
            return node.items
        ways = self.loops[node.number].in_order
        return [item for index in node.items for item in ways[index].items]

    def difference(self, way: Way) -> tuple[list[int], list[int]]:
        """Return what ran in a way and not in the usual one, and the other way round."""
        here, usual = self.places(way.items), self.places(way.loop.usual.items)
        return [p for p in here if p not in usual], [p for p in usual if p not in here]

    def rare_ways(self) -> list[Way]:
        """Return the ways that are not usual, the rarest first.

        Ways that differ by lines come before those that differ by their order alone; what only
        the first round does comes last, as it is most often a beginning.
        """
        ways = [way for loop in self.loops for way in loop.rare]

        def rank(way: Way) -> tuple[bool, bool, float, int, int]:
            new, _ = self.difference(way)
            is_edge = way.count == 1 and way.first in (1, way.loop.rounds)
            return (not new, is_edge, way.count / way.loop.rounds, -len(new), way.first)

        return sorted(ways, key=rank)


class FoldedText:
    """A folded recording as lines."""

    def __init__(self, folded: Folded, definitions: bool = False) -> None:
        self.folded = folded
        self.names = folded.names
        self.hidden: set[int] = set() if definitions else self._plain() | folded.definitions
        self.shown: set[int] = set()
        self.shown_nodes: set[int] = set()
        self.shown_loops: set[int] = set()

    def _plain(self) -> set[int]:
        """Return the lines that a module runs once and that say little: its text, its constants."""
        places = enumerate(self.names.places)
        return {place for place, (_, _, text) in places if _PLAIN.match(text)}

    def verdict(self) -> str:
        """Return the first line."""
        folded = self.folded
        loops = [loop for loop in folded.loops if loop.rounds]
        text = f"# {counted(folded.lines, 'line')}, {counted(len(loops), 'loop')}"
        text += f", {counted(sum(len(loop.ways) for loop in loops), 'way')}"
        if len(folded.threads) > 1:
            text += f", {len(folded.threads)} threads"
        if folded.is_full:
            text += "; too many ways to tell all apart"
        rare = folded.rare_ways()
        return text + (f"; rarest: {self._rarest(rare[0])}" if rare else "")

    def _rarest(self, way: Way) -> str:
        new, missing = self.folded.difference(way)
        where = f"of {self.names.files[way.loop.file]}:{way.loop.header}"
        text = f"{_when(way)} {where}"
        if new:
            return f"{text}: {self.names.compact(self._own(way, new))}"
        return f"{text}: without {self.names.compact(missing)}" if missing else text

    def _own(self, way: Way, new: list[int]) -> list[int]:
        """Return what no other way of the loop has; all that is new if there is nothing."""
        others: set[int] = set()
        for other in way.loop.ways:
            if other is not way:
                others.update(self.folded.places(other.items))
        return [place for place in new if place not in others] or new

    def all(self) -> Iterator[str]:
        """Yield the whole trace, folded."""
        for number, items, lines in self.folded.threads:
            if len(self.folded.threads) > 1:
                yield f"# thread {number}: {counted(lines, 'line')}"
            yield from self.sequence(items)

    def rare(self) -> Iterator[str]:
        """Yield the rare ways alone, the rarest first."""
        for way in self.folded.rare_ways():
            position = f"{self.names.files[way.loop.file]}:{way.loop.header}"
            yield from self._way(way, f" of {way.loop.rounds:,} of {position}")

    def sequence(self, items: list[int]) -> Iterator[str]:
        """Yield what ran in order; what was shown before as one line."""
        work: list[Iterator[int]] = [iter(items)]
        again: list[int] = []
        while work:
            item = next(work[-1], None)
            if item is None:
                work.pop()
                continue
            if item > 0 and (item in self.shown or item in self.hidden):
                if item not in self.hidden:
                    again.append(item)
                continue
            node = self.folded.nodes[~item] if item < 0 else None
            if node is not None and self._is_known(~item, node):
                continue
            if again and (item > 0 or (node and node.is_loop)):
                yield f"~ again: {self.names.compact(again)}"
                again = []
            if node is None:
                self.shown.add(item)
                yield self.names.shown(item)
            elif node.is_loop:
                yield from self._loop(self.folded.loops[node.number])
            else:
                work.append(iter(node.items))
        if again:
            yield f"~ again: {self.names.compact(again)}"

    def _is_known(self, index: int, node: Node) -> bool:
        """Note that a node is shown; return whether it was before."""
        shown, key = (self.shown_loops, node.number) if node.is_loop else (self.shown_nodes, index)
        if key in shown:
            return True
        shown.add(key)
        return False

    def _loop(self, loop: Loop) -> Iterator[str]:
        if not loop.ways:
            return
        first = loop.usual.items[0] if loop.usual.items else 0
        if first > 0 and first not in self.shown:
            self.shown.add(first)
            yield self.names.shown(first)
        yield self._summary(loop)
        for way in loop.rare:
            yield from self._way(way)
        if loop.others:
            yield f"~ {times(loop.others)} in ways of which there were too many"
        usual = [item for item in loop.usual.items if item < 0 or item not in self.shown]
        if usual and len(loop.ways) > 1:
            yield "~ usually:"
        yield from self.sequence(usual)

    def _summary(self, loop: Loop) -> str:
        text = f"~ {counted(loop.rounds, 'round')}"
        if loop.executions > 1:
            text += f" in {counted(loop.executions, 'run')} of the loop"
        if len(loop.ways) == 1 and not loop.others:
            return f"{text}, all the same way" if loop.rounds > 1 else text
        usual = self.names.compact(self.folded.places(loop.usual.items))
        return (
            f"{text}, {counted(len(loop.ways), 'way')}; usual ({times(loop.usual.count)}): {usual}"
        )

    def _way(self, way: Way, where: str = "") -> Iterator[str]:
        new, missing = self.folded.difference(way)
        text = f"~ {_when(way)}{where}"
        if missing:
            text += f", {'instead of' if new else 'without'} {self.names.compact(missing)}"
        known = [place for place in new if place in self.shown]
        if known:
            text += f", with {self.names.compact(known)}"
        if not new and not missing:
            text += ", in another order or another number of calls"
        yield text + ":" if len(known) < len(new) else text
        for place in new:
            if place not in self.shown:
                self.shown.add(place)
                yield self.names.shown(place)


def _when(way: Way) -> str:
    if way.count == 1:
        return f"once, in round {way.first:,}"
    return f"{times(way.count)}, first in round {way.first:,}"


def as_objects(folded: Folded) -> Iterator[dict[str, object]]:
    """Yield the ways, the rarest first, for programs."""
    for way in folded.rare_ways():
        new, missing = folded.difference(way)
        yield _object(folded, way, new, missing)
    for loop in folded.loops:
        if loop.ways:
            yield _object(folded, loop.usual, list(folded.places(loop.usual.items)), [])


def _object(folded: Folded, way: Way, new: list[int], missing: list[int]) -> dict[str, object]:
    names, loop = folded.names, way.loop
    return {
        "loop": f"{names.files[loop.file]}:{loop.header}",
        "rounds": loop.rounds,
        "count": way.count,
        "first": way.first,
        "usual": way is loop.usual,
        "lines": [names.position(place) for place in new],
        "without": [names.position(place) for place in missing],
    }
