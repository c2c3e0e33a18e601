"""What one recording has and another one has not: lines that ran, and ways through loops."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__
from .names import counted, times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .folded import Folded, Loop, Way

    Key = tuple[str, int]


class _Side:
    """One of the two, by names of files and numbers of lines, which both have."""

    def __init__(self, folded: Folded) -> None:
        self.folded = folded
        self.lines: dict[Key, int] = {}
        """A place for each line that ran."""
        for place in self._places():
            self.lines.setdefault(self.key(place), place)
        self.loops = {self.header(loop): self._ways(loop) for loop in folded.loops if loop.rounds}

    def _places(self) -> Iterator[int]:
        """All that ran, in no order."""
        for _, items, _ in self.folded.threads:
            yield from self.folded.places(items)
        for loop in self.folded.loops:
            for way in loop.ways:
                yield from self.folded.places(way.items)

    def key(self, place: int) -> Key:
        file, line, _ = self.folded.names.places[place]
        return self.folded.names.files[file], line

    def header(self, loop: Loop) -> Key:
        return self.folded.names.files[loop.file], loop.header

    def way(self, way: Way) -> frozenset[Key]:
        """Return the lines that a way runs."""
        return frozenset(map(self.key, self.folded.places(way.items)))

    def _ways(self, loop: Loop) -> set[frozenset[Key]]:
        return {self.way(way) for way in loop.ways}


class OnlyIn:
    """What `here` has and `there` has not."""

    def __init__(self, here: Folded, there: Folded) -> None:
        self.folded = here
        self.names = here.names
        ours, theirs = _Side(here), _Side(there)
        self.lines = sorted(ours.lines[key] for key in ours.lines.keys() - theirs.lines.keys())
        """The places that ran here alone, in the order in which they ran first."""
        self.ways = list(self._new_ways(ours, theirs))
        """Of the loops that both have run."""

    def _new_ways(self, ours: _Side, theirs: _Side) -> Iterator[Way]:
        for loop in self.folded.loops:
            known = set(theirs.loops.get(ours.header(loop), ()))
            for way in loop.in_order if known else ():
                key = ours.way(way)
                if key not in known:
                    known.add(key)
                    yield way

    def text(self, here: str, there: str) -> Iterator[str]:
        """Yield the verdict, then the lines, then the ways with the lines that they run."""
        if not self.lines and not self.ways:
            yield f"# {here} has no line and no way that {there} has not"
            return
        lines, ways = counted(len(self.lines), "line"), counted(len(self.ways), "way")
        yield f"# only in {here}, not in {there}: {lines}, {ways}"
        for place in self.lines:
            yield self.names.shown(place)
        for way in self.ways:
            when = f"once, in round {way.first:,}"
            if way.count > 1:
                when = f"{times(way.count)}, first in round {way.first:,}"
            where = f"of {self.names.files[way.loop.file]}:{way.loop.header}"
            yield f"~ {when} {where}: {self.names.compact(self.folded.places(way.items))}"

    def objects(self) -> Iterator[dict[str, object]]:
        """Yield one object for each line and way."""
        for place in self.lines:
            file, line, text = self.names.places[place]
            yield {"file": self.names.files[file], "line": line, "text": text}
        for way in self.ways:
            yield {
                "loop": f"{self.names.files[way.loop.file]}:{way.loop.header}",
                "count": way.count,
                "first": way.first,
                "lines": _positions(self, self.folded.places(way.items)),
            }


def _positions(found: OnlyIn, places: Iterable[int]) -> list[str]:
    return [found.names.position(place) for place in places]
