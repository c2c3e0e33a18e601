"""The files that `swifttrace show` reads, each as a recording."""

from __future__ import annotations

import json
import os
import re

from .. import reading
from ..runtime import ring_file
from ..runtime.builtins import __builtins__ as __builtins__
from .names import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

    from .annotated import Counts
    from .folded import Folded

_ARGUMENT, _DIRECTORY, _OPTION = 2, 3, 6
_WHOLE = 2
"""The number of `--paths absolute`."""
FOLDED = "a folded recording, which only `swifttrace show` reads"


class CannotRead(Exception):
    """A file is not what can be shown; the message names it and says why."""


class Selection:
    """Which lines are shown; -1 stands for all."""

    def __init__(self, level: int) -> None:
        self.level = level
        self.has_whole_paths = False
        """Whether lines name their files by the whole path, whatever was recorded."""
        self.lines = self.thread = -1
        self.since = self.until = -1
        """In nanoseconds since the recording began."""
        self.wanted = b""
        """A byte for each place: whether it is shown. Empty: all are."""
        self.near = b""
        """The same of the places around which `context` lines are shown."""
        self.context = 0


class Recording:
    """A recording, or what stands for one."""

    def __init__(self, name: str, path: str, held: IO[bytes] | None = None) -> None:
        self.name = name
        self.path = path
        self.ring: ring_file.Ring | None = None
        self._held = held
        self._told: dict[str, Any] | None = None

    is_folded = False
    """Whether it has ways with their counts in the place of most lines."""

    @property
    def is_ring(self) -> bool:
        """Whether it is shown as a dump of the last lines."""
        return self.ring is not None

    def show_ring(self) -> None:
        """Print the lines of a file of ``--last``. Raises `OSError`."""
        assert self.ring is not None
        ring_file.show(self.ring)

    @property
    def told(self) -> dict[str, Any]:
        """What the recording says of itself."""
        if self._told is None:
            self._told = json.loads(self._call(reading.describe, self.path))
        return self._told

    @property
    def process(self) -> int:
        """The process id."""
        return self.ring.process if self.ring else int(self.told["process"])

    def _field(self, kind: int) -> list[str]:
        return [plain(text) for field, text in self.told["fields"] if field == kind]

    def _option(self, name: str, values: str, default: int) -> int:
        for option in self._field(_OPTION):
            found = re.fullmatch(f"{name}=({values})", option)
            if found:
                return int(found[1])
        return default

    @property
    def level(self) -> int:
        """The level that the recording was made with."""
        return self._option("level", "[123]", 3)

    def _form(self, level: int, has_whole_paths: bool = False) -> tuple[bytes | None, int]:
        """How lines are printed: what paths are relative to, None: as at the level; crosses."""
        paths = self._option("paths", "[012]", 0) if level == self.level else 0
        paths = _WHOLE if has_whole_paths else paths
        root = [None, os.fsencode(self.root), b""][paths]
        return root, self._option("crosses", "[0-9]{1,3}", 1)

    @property
    def root(self) -> str:
        """The directory that the process began in."""
        return (self._field(_DIRECTORY) or [""])[0]

    @property
    def arguments(self) -> list[str]:
        """The command that the process was started with."""
        return self._field(_ARGUMENT)

    def _call(self, function: Any, *arguments: Any) -> Any:
        """Raises `CannotRead`."""
        try:
            return function(*arguments)
        except ValueError as error:
            raise CannotRead(f"{self.name}: {error}") from None

    def fold(self) -> Folded:
        """Fold it. Raises `CannotRead`."""
        from .folded import Folded

        return Folded(json.loads(self._call(reading.fold, self.path)), self.root)

    def counts(self) -> Counts:
        """Count its lines. Raises `CannotRead`."""
        from .annotated import Counts

        counted = json.loads(self._call(reading.count, self.path))
        return Counts(counted, self._call(reading.sources, self.path), self.root)

    def tail(self, level: int, last: int) -> dict[str, Any]:
        """Return the last lines with their times. Raises `CannotRead`."""
        told: dict[str, Any] = json.loads(
            self._call(reading.tail, self.path, level, last, *self._form(level))
        )
        told["lines"] = [(time, plain(text)) for time, text in told["lines"]]
        return told

    def show(self, chosen: Selection, descriptor: int = 1) -> int:
        """Write its lines; return how many there were besides. Raises `CannotRead`, `OSError`."""
        left: int = self._call(
            *(reading.show, self.path, descriptor, chosen.level, -1, chosen.lines, chosen.context),
            *(chosen.thread, chosen.since, chosen.until, chosen.wanted, chosen.near),
            *self._form(chosen.level, chosen.has_whole_paths),
        )
        return left

    @property
    def has_durations(self) -> bool:
        """Whether each line says how long it took."""
        return "time=line" in self._field(_OPTION)

    def thread(self, name: str) -> int:
        """Return a thread's number. Raises `CannotRead`."""
        for number, known in self.told["threads"]:
            if plain(known) == name:
                return int(number)
        if name.isascii() and name.isdigit():
            return int(name[:9])
        raise CannotRead(f"{self.name}: no thread is called {name}")

    def at(self, position: str) -> bytes:
        """Return a byte for each place: whether it is at `FILE:LINE`. Raises `CannotRead`."""
        file, _, line = position.rpartition(":")
        if not file or not line.isdigit():
            raise CannotRead(f"--around needs FILE:LINE, not {position}")
        named = [_is_named(plain(name), plain(path), file) for name, path in self.told["files"]]
        places = self.told["places"]
        return bytes([0, *(named[place[0] - 1] and place[1] == int(line) for place in places)])

    def in_function(self, name: str) -> bytes:
        """Return a byte for each place: whether it is in a function of that name."""
        sources = self._call(reading.sources, self.path)
        lines = [_lines_of_function(source or b"", name) for source in sources]
        return bytes([0, *(place[1] in lines[place[0] - 1] for place in self.told["places"])])


def _is_named(name: str, path: str, wanted: str) -> bool:
    return wanted in (name, path) or path.endswith("/" + wanted.removeprefix("./"))


def _lines_of_function(source: bytes, name: str) -> set[int]:
    """The lines of its body, by its indentation."""
    head = re.compile(rb"(\s*)(?:async\s+)?def\s+%b\b" % re.escape(name.encode()))
    lines, found = source.splitlines(), set()
    for start, text in enumerate(lines):
        if (met := head.match(text)) is None:
            continue
        for line in range(start + 1, len(lines)):
            text = lines[line]
            if text.strip() and len(text) - len(text.lstrip()) <= len(met[1]):
                break
            found.add(line + 1)
    return found
