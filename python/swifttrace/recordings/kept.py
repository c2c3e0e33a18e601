"""A folded recording: what `swifttrace.writing` has kept of it, and what is shown of that.

`docs/reference/recording-format.md` describes the final state, which is read here.
"""

from __future__ import annotations

import struct

from .. import writing
from ..runtime.builtins import __builtins__ as __builtins__
from .files import Recording
from .names import Names, counted, plain, times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .annotated import Counts
    from .folded import Folded, Loop, Node

VERSION = 3
NO_SOURCE = "<no source>"
_HEAD = struct.Struct("<16sIIQQQQQII")
_FILE, _SOURCE, _PLACE, _THREAD = 1, 2, 3, 5


def is_folded(start: bytes) -> bool:
    """Whether a recording that begins so is a folded one."""
    return start[16:20] == VERSION.to_bytes(4, "little")


class _Numbers:
    """Takes numbers out of bytes. Raises `ValueError` where there is none."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def number(self) -> int:
        result = shift = 0
        while True:
            byte = self._byte()
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                return result
            shift += 7

    def _byte(self) -> int:
        self.position += 1
        if self.position > len(self.data):
            raise ValueError("the recording is damaged")
        return self.data[self.position - 1]

    def signed(self) -> int:
        number = self.number()
        return number >> 1 ^ -(number & 1)

    def text(self) -> bytes:
        return self.take(self.number())

    def take(self, count: int) -> bytes:
        self.position += count
        return self.data[self.position - count : self.position]

    def count(self) -> int:
        """Return how many items follow, each of which takes a byte at least."""
        return self.at_most(len(self.data) - self.position)

    def at_most(self, most: int) -> int:
        number = self.number()
        if number > most:
            raise ValueError("the recording is damaged")
        return number

    def numbers(self, count: int) -> list[int]:
        return [self.number() for _ in range(count)]


def _definitions(data: bytes) -> tuple[dict[str, Any], list[bytes | None]]:
    """Return the files, places and threads, as `reading` tells of them, and the sources."""
    told: dict[str, Any] = {"files": [], "places": [], "threads": []}
    sources: list[bytes | None] = []
    reader = _Numbers(data)
    while reader.position < len(data):
        kind = reader.number()
        body = _Numbers(reader.text())
        if kind == _FILE:
            name = body.text()
            told["files"].append((_decoded(name), _decoded(body.data[body.position :])))
            sources.append(None)
        elif kind in (_SOURCE, _PLACE):
            file = body.at_most(len(sources))
            if file == 0:
                raise ValueError("the recording is damaged")
            if kind == _SOURCE:
                sources[file - 1] = body.data[body.position :]
            else:
                line, has_source = body.number(), body.number()
                text = _decoded(body.data[body.position :]) if has_source else NO_SOURCE
                told["places"].append((file, line, text))
        elif kind == _THREAD:
            number = body.number()
            told["threads"].append((number, _decoded(body.data[body.position :])))
    return told, sources


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")


class _State:
    """The final state. Raises `ValueError` where it makes no sense."""

    def __init__(self, data: bytes, places: int) -> None:
        reader = self._reader = _Numbers(data)
        self.is_full = reader.number()
        self.segment = reader.number()
        self.elapsed = reader.number()
        """In nanoseconds since the recording began."""
        end = reader.number()
        self.has_end, self.status = end > 0, end - 2 if end > 1 else -1
        self.loops = [_loop(reader) for _ in range(reader.count())]
        self._ways = [self._way() for _ in range(reader.count())]
        self.nodes = self._nodes()
        self.items = self._items(places)
        self.definitions = _sums(reader.numbers(reader.count()))
        self.counts = [_count(reader) for _ in range(reader.count())]
        self.recent = _sums([reader.signed() for _ in range(reader.count())])
        self.texts = [(reader.number(), reader.text()) for _ in range(reader.count())]
        self.threads = self._threads()
        self._check(places)

    def _way(self) -> list[int]:
        loop, start, *rest = self._reader.number(), self._reader.signed(), *self._reader.numbers(3)
        return [loop, start, *rest]

    def _nodes(self) -> list[list[int]]:
        found, end = [], 0
        for _ in range(self._reader.count()):
            kind, number = self._reader.number(), self._reader.number()
            start = end + self._reader.signed()
            length, count = self._reader.number(), self._reader.number()
            end = start + length
            found.append([kind // 2, number, start, length, count, kind % 2])
        return found

    def _items(self, places: int) -> list[int]:
        found, place, node = [], 0, 0
        for number in self._reader.numbers(self._reader.count()):
            step = number >> 2 ^ -(number >> 1 & 1)
            if number & 1:
                node += step
                found.append(~node)
            else:
                place += step
                found.append(place)
        return found

    def _threads(self) -> list[list[int]]:
        found, end = [], 0
        for _ in range(self._reader.count()):
            number, lines = self._reader.number(), self._reader.number()
            start = end + self._reader.signed()
            length = self._reader.number()
            end = start + length
            found.append([number, start, length, lines])
        return found

    def _check(self, places: int) -> None:
        end = 0
        for way in self._ways:
            way[1] += end
            end = way[1] + way[2]
            if way[0] >= len(self.loops):
                raise ValueError("the recording is damaged")
            self.loops[way[0]][1].append(way[1:])
        self._check_stretches()
        limits = range(-len(self.nodes), max(places, len(self._ways)) + 1)
        if not all(item in limits for item in self.items) or not all(
            0 <= place <= places for place in (*self.recent, *self.definitions)
        ):
            raise ValueError("the recording is damaged")
        self._check_items(places)

    def _check_stretches(self) -> None:
        """No item belongs to two: all of them together are as many as there are items."""
        stretches = [
            *[(way[1], way[2]) for way in self._ways],
            *[(node[2], node[3]) for node in self.nodes],
            *[(thread[1], thread[2]) for thread in self.threads],
        ]
        if any(start < 0 or start + length > len(self.items) for start, length in stretches) or sum(
            length for _, length in stretches
        ) > len(self.items):
            raise ValueError("the recording is damaged")

    def _check_items(self, places: int) -> None:
        """The items of a loop are numbers of its ways, those of all others are places and calls."""
        for kind, number, start, length, _, _ in self.nodes:
            items = self.items[start : start + length]
            if kind == 1:
                if number >= len(self.loops) or any(
                    not 0 <= item < len(self.loops[number][1]) for item in items
                ):
                    raise ValueError("the recording is damaged")
            elif any(item > places or item == 0 for item in items):
                raise ValueError("the recording is damaged")
        for _, start, length, _, _ in self._ways:
            if any(item > places or item == 0 for item in self.items[start : start + length]):
                raise ValueError("the recording is damaged")


def _loop(reader: _Numbers) -> list[Any]:
    file, header, before, length, rounds, executions, others = reader.numbers(7)
    first = header - before
    return [[file, header, first, first + length, rounds, executions, others], []]


def _count(reader: _Numbers) -> list[int]:
    """Return the count, the first and the last time in nanoseconds, and no duration."""
    count = reader.number()
    if not count:
        return [0, 0, 0, 0]
    first = reader.number() * 1000
    return [count, first, first + reader.number() * 1000, 0]


def _sums(steps: list[int]) -> list[int]:
    total, found = 0, []
    for step in steps:
        total += step
        found.append(total)
    return found


class FoldedRecording(Recording):
    """A recording that has ways with their counts in the place of most lines."""

    is_folded = True

    def __init__(self, name: str, path: str) -> None:
        """Raises `CannotRead`."""
        super().__init__(name, path)
        definitions, state = self._call(writing.folded, path)
        self._told, self._sources = self._call(_definitions, definitions)
        self._state: _State = self._call(_State, state, len(self._told["places"]))
        with open(path, "rb") as file:
            self._read_head(file.read(65536))

    def _read_head(self, head: bytes) -> None:
        assert self._told is not None
        _, _, _, _, process, parent, wall, _, length, _ = _HEAD.unpack_from(head)
        self.began = wall
        reader = _Numbers(head[_HEAD.size : _HEAD.size + length])
        fields = []
        while reader.position < length:
            kind = reader.number()
            fields.append((kind, _decoded(reader.text())))
        self._told.update(process=process, parent=parent, wall_clock=wall, fields=fields)

    @property
    def lines(self) -> int:
        """How many have run."""
        return sum(count[0] for count in self._state.counts)

    def _folded(self) -> dict[str, Any]:
        state = self._state
        return {
            **self.told,
            "lines": self.lines,
            "is_full": state.is_full,
            "definitions": state.definitions,
            "items": state.items,
            "nodes": state.nodes,
            "loops": state.loops,
            "threads": state.threads,
        }

    def fold(self) -> Folded:
        from .folded import Folded

        return Folded(self._folded(), self.root)

    def counts(self) -> Counts:
        from .annotated import Counts

        told = {**self.told, "lines": self.lines, "counts": self._state.counts[1:]}
        return Counts(told, self._sources, self.root)

    def tail(self, level: int, last: int) -> dict[str, Any]:
        names, time = Names(self.told, self.root), self.began + self._state.elapsed
        recent = self._state.recent[max(len(self._state.recent) - last, 0) :]
        return {
            "process": self.process,
            "has_end": self._state.has_end,
            "status": self._state.status,
            "time": time,
            "lines": [(time, names.shown(place) + "\n") for place in recent],
        }

    def shown(self) -> Iterator[str]:
        """Yield each way where it was first taken, and how often the ways of a loop were."""
        yield from self._texts(before=True)
        shown = FirstRounds(self.fold())
        for number, items, lines in shown.folded.threads:
            if len(shown.folded.threads) > 1:
                yield f"# thread {self._thread_name(number)}: {counted(lines, 'line')}"
            yield from shown.sequence(items)
        yield from self._texts(before=False)
        left = self.lines - shown.count
        yield (
            f"# {counted(self.lines, 'line')}: each way is shown once;"
            f" {counted(left, 'line')} of rounds and calls that took a known way"
            f" {'is' if left == 1 else 'are'} left out"
        )

    def _texts(self, *, before: bool) -> Iterator[str]:
        for lines, text in self._state.texts:
            if (lines == 0) == before:
                yield plain(_decoded(text)).rstrip("\n")

    def _thread_name(self, number: int) -> str:
        names = [plain(name) for thread, name in self.told["threads"] if thread == number]
        return names[-1] if names else str(number)


class FirstRounds:
    """Lists each way and each course of a call once, where it was first taken."""

    def __init__(self, folded: Folded) -> None:
        self.folded = folded
        self.count = 0
        """How many lines were listed."""
        self._known: set[int] = set()
        self._known_ways: set[tuple[int, int]] = set()
        self._known_loops: set[int] = set()

    def sequence(self, items: list[int]) -> Iterator[str]:
        """Yield the lines, and behind each loop how often its ways were taken."""
        work: list[Iterator[int | str]] = [iter(items)]
        while work:
            item = next(work[-1], None)
            if item is None:
                work.pop()
            elif isinstance(item, str):
                yield item
            elif item > 0:
                self.count += 1
                yield self.folded.names.shown(item)
            elif ~item not in self._known:
                self._known.add(~item)
                work.append(self._inside(self.folded.nodes[~item]))

    def _inside(self, node: Node) -> Iterator[int | str]:
        if not node.is_loop:
            yield from node.items
            return
        loop = self.folded.loops[node.number]
        for number in node.items:
            if (node.number, number) not in self._known_ways:
                self._known_ways.add((node.number, number))
                yield from loop.in_order[number].items
        if node.number not in self._known_loops:
            self._known_loops.add(node.number)
            yield from self._summary(loop)

    def _summary(self, loop: Loop) -> Iterator[str]:
        if loop.rounds < 2:
            return
        text = f"~ [{self.folded.names.files[loop.file]}:{loop.header}]"
        text += f" {counted(loop.rounds, 'round')}"
        if loop.executions > 1:
            text += f" in {counted(loop.executions, 'run')} of the loop"
        if len(loop.ways) == 1 and not loop.others:
            yield f"{text}, all the same way"
            return
        ways = [f"{times(way.count)} as round {way.first:,}" for way in loop.ways[:8]]
        left = loop.others + sum(way.count for way in loop.ways[8:])
        if left:
            ways.append(f"{times(left)} in other ways")
        yield f"{text}, {counted(len(loop.ways), 'way')}: {', '.join(ways)}"
