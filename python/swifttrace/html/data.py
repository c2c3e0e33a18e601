"""What a report has of a recording, as its viewer reads it."""

from __future__ import annotations

import heapq
import itertools
import json

from .. import reading
from .. import swifttrace as native
from ..exports.functions import ENTRY, Functions
from ..exports.played import CALL, CALLS, NOTES, SUSPENDED, UNWOUND, Played, notes
from ..recordings.annotated import runnable
from ..recordings.files import CannotRead
from ..recordings.folded import Folded, FoldedText, as_objects
from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

MOST_SLICES = 10_000
"""The longest calls, which are on the timeline."""
MOST_TEXTS = 8
"""How many different values of a line are kept."""
MOST_NOTES = 500_000
MOST_WAYS = 30
MOST_CHARACTERS = 2_000
"""Of a line of source."""
FIRST = 40
"""How many lines a page without a script has."""


class Report:
    """A recording, and what its part of the report has."""

    def __init__(self, played: Played) -> None:
        self.played = played
        self._told: dict[str, Any] = json.loads(self._read(reading.fold))
        self.folded = Folded(self._told, played.file.root)
        self._slices: list[tuple[int, int, int, int, int, int]] = []
        self._least = -1
        """The time of the shortest one, if there are enough."""
        self._texts: dict[int, list[str]] = {}
        self._noted = 0
        played.play({CALLS: self._take_calls, NOTES: self._take_notes})

    def _read(self, function: Any) -> bytes:
        """Raises `CannotRead`."""
        try:
            told: bytes = function(self.played.file.path)
        except ValueError as error:
            raise CannotRead(f"{self.played.file.name}: {error}") from None
        return told

    def _take_calls(self, data: bytes) -> None:
        """Keep the longest ones."""
        least = self._least
        self._slices += [
            (end - start, start, code, thread, flags >> 4, flags & 7)
            for _, _, code, thread, _, flags, start, end in CALL.iter_unpack(data)
            if end - start > least
        ]
        if len(self._slices) > 2 * MOST_SLICES:
            self._drop_short_calls()

    def _drop_short_calls(self) -> None:
        self._slices = heapq.nlargest(MOST_SLICES, self._slices)
        if len(self._slices) == MOST_SLICES:
            self._least = self._slices[-1][0]

    def _take_notes(self, data: bytes) -> None:
        """Keep the first ones of each place."""
        if self._noted > MOST_NOTES:
            return
        for _, place, _, _, text in notes(data):
            self._noted += 1
            known = self._texts.setdefault(place, [])
            if len(known) < MOST_TEXTS and (shown := shortened(text)) not in known:
                known.append(shown)

    # What there is.

    def verdict(self) -> list[str]:
        """Return what the page says first."""
        played = self.played
        took = f" after {played.end / 1e9:.3f} s" if played.end else ""
        ended = f"Process {played.process}"
        if not played.process:
            ended = "This is a text trace: it has no times, and does not say how the process ended"
        elif not played.has_end:
            ended += " has no end in the recording: it was killed, or runs still"
        elif played.status is None:
            ended += f" ended{took}"
        else:
            ended += f" ended with status {played.status}{took}"
        return [FoldedText(self.folded).verdict().removeprefix("# ") + ".", ended + "."]

    def first_lines(self) -> list[str]:
        """Return the beginning of the folded trace."""
        return list(itertools.islice(FoldedText(self.folded).all(), FIRST))

    def told(self) -> dict[str, Any]:
        """Return all that the viewer reads."""
        played, fold = self.played, self._told
        functions = self._functions()
        return {
            "name": played.file.name,
            "command": native.visible(played.command),
            "process": played.process,
            "verdict": self.verdict(),
            "took": played.end,
            "inferred": played.is_inferred,
            "timed": played.is_timed,
            "threads": {n: native.visible(played.thread(n)) for n, *_ in fold["threads"]},
            "files": [self._file(number) for number in range(1, len(played.sources))],
            "places": [place[:2] for place in played.names.places[1:]],
            "functions": [] if played.is_inferred else functions.known,
            "inside": self._inside(functions),
            "texts": {str(place): texts for place, texts in sorted(self._texts.items())},
            "codes": [[file, line, native.visible(name)] for file, line, name in played.codes],
            "tree": columns(played.nodes, 5),
            "fold": {name: fold[name] for name in ("items", "nodes", "loops", "threads")},
            "ways": list(self._ways()),
            "slices": self._timeline(),
            "calls": played.calls,
        }

    def _functions(self) -> Functions:
        functions = Functions()
        for file, source in enumerate(self.played.sources):
            if file:
                functions.add(file, source)
        return functions

    def _inside(self, functions: Functions) -> list[int]:
        """The function that each place is in."""
        places = self.played.names.places[1:]
        packed = memoryview(functions.packed(places)).cast("I")
        return [number & ~ENTRY for number in packed[1:]]

    def _file(self, number: int) -> dict[str, Any]:
        played = self.played
        source = played.sources[number]
        lines = _lines(source) if source is not None else self._lines_that_ran(number)
        return {
            "name": played.names.files[number],
            "path": native.visible(played.paths[number]),
            "lines": [shortened(line) for line in lines],
            "counts": columns(self._counts.get(number, []), 4),
            "code": sorted(runnable(source)) if source is not None else [],
            "whole": source is not None,
        }

    @property
    def _counts(self) -> dict[int, list[tuple[int, ...]]]:
        """By file: the lines with their counts, their first time and how much later the last was.

        Lines and first times are differences to the ones before.
        """
        if not hasattr(self, "_known_counts"):
            files = self.played.file.counts().files
            self._known_counts = {
                file: differences(
                    [
                        (line, first, count, last - first)
                        for line, (count, first, last, _) in sorted(lines.items())
                    ]
                )
                for file, lines in files.items()
            }
        return self._known_counts

    def _lines_that_ran(self, number: int) -> list[str]:
        places = [place for place in self.played.names.places if place[0] == number]
        lines = [""] * max((line for _, line, _ in places), default=0)
        for _, line, text in places:
            if line > 0:
                lines[line - 1] = text
        return lines

    def _ways(self) -> Iterator[dict[str, Any]]:
        """The ways of all loops, the rarest first, so many of each."""
        seen: dict[str, int] = {}
        for way in as_objects(self.folded):
            loop = str(way["loop"])
            seen[loop] = seen.get(loop, 0) + 1
            if seen[loop] <= MOST_WAYS:
                yield way

    def _timeline(self) -> list[list[int]]:
        """The start, the thread, the depth, the code object, the length and the end of each slice.

        Each is a column; starts are differences to the ones before.
        """
        self._drop_short_calls()
        kept = sorted((start, -took, *rest) for took, start, *rest in self._slices)
        ends = {SUSPENDED: 1, UNWOUND: 2}
        rows = [
            (thread, start, depth, code, -took, ends.get(ending, 0))
            for start, took, code, thread, depth, ending in kept
        ]
        return columns(differences(rows), 6)


def differences(rows: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Return rows whose first two numbers are differences to those of the row before."""
    before = [(0, 0), *((row[0], row[1]) for row in rows)]
    return [(row[0] - one, row[1] - two, *row[2:]) for row, (one, two) in zip(rows, before)]


def columns(rows: Sequence[tuple[int, ...]], count: int) -> list[list[int]]:
    """Return the columns of rows, which compress better."""
    return [list(column) for column in zip(*rows)] if rows else [[] for _ in range(count)]


def shortened(line: str) -> str:
    """Return a line as it is shown: nothing in it is acted on."""
    if len(line) > MOST_CHARACTERS:
        more = len(line) - MOST_CHARACTERS
        line = f"{line[:MOST_CHARACTERS]} … ({more:,} more characters)"
    return native.visible(line.expandtabs(8))


def _lines(source: bytes) -> list[str]:
    text = source.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n")
    return [
        line[: MOST_CHARACTERS * 5].decode("utf-8", "backslashreplace").rstrip()
        for line in text.split(b"\n")
    ]
