"""The calls of a recording, as `exporting.play` tells of them."""

from __future__ import annotations

import contextlib
import os
import re
import struct

from .. import exporting, reading
from ..recordings.files import CannotRead, Recording
from ..recordings.names import Names, plain
from ..runtime.builtins import __builtins__ as __builtins__
from .functions import Functions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Take = Callable[[bytes], object]

CODES, CALLS, NOTES, PACKETS, NODES, SUMMARY = range(6)
WANTED = {CALLS: 1, NOTES: 2, PACKETS: 4}

_SPELLED = re.compile(r"\++ (?:\{[^}]*\} )?(?:\[[^\]]*\] )?\s*")
"""What stands before a note that is recorded as it is printed."""

RETURNED, SUSPENDED, UNWOUND, OPEN = range(4)
ENDINGS = ("returned", "suspended", "unwound", "open")

CALL = struct.Struct("<6I2Q")
"""number, parent, code, thread, place of the caller, ending + 8 if it was resumed + 16 * depth,
start, end; times in nanoseconds since the recording began."""
_NOTE = struct.Struct("<4IQ")
_CODE = struct.Struct("<3I")
_NODE = struct.Struct("<iI3Q")
_SUMMARY = struct.Struct("<QQiI")


class Played:
    """A recording whose calls are told of."""

    def __init__(self, file: Recording) -> None:
        self.file = file
        told = file.told
        self.names = Names(told, file.root)
        self.paths = ["", *(plain(path or name) for name, path in told["files"])]
        self.process: int = told["process"]
        self.parent: int = told["parent"]
        self.began: int = told["wall_clock"]
        """In nanoseconds since 1970."""
        self.threads = {number: plain(name) for number, name in told["threads"]}
        self.sources = [None, *_sources(file)]
        self.codes: list[tuple[int, int, str]] = [(0, 0, "")]
        """Of each code object the file, the first line and the qualified name."""
        self.is_inferred = False
        """Whether calls are told by the lines that ran."""
        self.nodes: list[tuple[int, int, int, int, int]] = []
        """Of each the parent, the code object or thread, the count, the time in all and its own."""
        self.end = self.calls = 0
        self.status: int | None = None
        self.has_end = self.is_timed = False
        self._functions = b""
        self._probe()

    def _probe(self) -> None:
        """Find out whether the recording has calls; without them prepare to infer them."""

        def take(kind: int, data: bytes) -> None:
            if kind == CODES:
                self.codes += _codes(data)
                raise _Enough

        with contextlib.suppress(_Enough):
            self._play(0, take)
        if len(self.codes) == 1:
            self.is_inferred = True
            functions = Functions()
            for file, source in enumerate(self.sources):
                if file:
                    functions.add(file, source)
            self.codes += functions.known
            self._functions = functions.packed(self.names.places[1:])

    def play(self, takes: dict[int, Take], sequence: int = 0, track: int = 0) -> None:
        """Hand each piece on to what takes its kind. Raises `CannotRead`."""

        def take(kind: int, data: bytes) -> None:
            if kind == NODES:
                self.nodes = list(_NODE.iter_unpack(data))
            elif kind == SUMMARY:
                self.end, self.calls, status, flags = _SUMMARY.unpack(data)
                self.status = status if status >= 0 else None
                self.has_end, self.is_timed = bool(flags & 1), bool(flags & 2)
            elif kind in takes:
                takes[kind](data)

        self._play(sum(WANTED[kind] for kind in takes), take, sequence, track)

    def _play(
        self, wanted: int, take: Callable[[int, bytes], object], sequence: int = 0, track: int = 0
    ) -> None:
        try:
            exporting.play(self.file.path, self._functions, wanted, sequence, track, take)
        except ValueError as error:
            raise CannotRead(f"{self.file.name}: {error}") from None

    def position(self, code: int) -> str:
        """Return `file:line` of a code object."""
        file, line, _ = self.codes[code]
        return f"{self.names.files[file]}:{line}"

    def thread(self, number: int) -> str:
        """Return the name of a thread."""
        return self.threads.get(number) or f"thread {number}"

    @property
    def command(self) -> str:
        """Return the command line, in one line, without where the interpreter is."""
        words = self.file.arguments
        if words[1:3] == ["-m", "swifttrace"]:
            words = words[2:]
        elif len(words) > 1 and os.path.basename(words[1]) == "swifttrace":
            words = words[1:]
        return " ".join([os.path.basename(words[0]), *words[1:]]) if words else self.file.name

    def counts(self) -> list[list[int | None]]:
        """Return of each place, from place 1 on, its count, and when it ran first and last."""
        found = self.file.counts().of_places
        return [[*row[:3]] if row[0] else [0, None, None] for row in found]


class _Enough(Exception):
    """The rest is not wanted."""


def _sources(file: Recording) -> list[bytes | None]:
    try:
        return reading.sources(file.path)
    except ValueError as error:
        raise CannotRead(f"{file.name}: {error}") from None


def _codes(data: bytes) -> Iterator[tuple[int, int, str]]:
    at = 0
    while at < len(data):
        file, line, size = _CODE.unpack_from(data, at)
        at += _CODE.size + size
        yield file, line, data[at - size : at].decode("utf-8", "backslashreplace")


def notes(data: bytes) -> Iterator[tuple[int, int, int, int, str]]:
    """Yield the call, the place, the thread, the time and the text of each note of a piece."""
    at = 0
    while at < len(data):
        call, place, thread, size, time = _NOTE.unpack_from(data, at)
        at += _NOTE.size + size
        text = data[at - size : at].decode("utf-8", "backslashreplace")
        yield call, place, thread, time, _SPELLED.sub("", text[:-1]) if text[-1:] == "\n" else text
