"""The events of one process, read from a trace: the lines, values, calls and exceptions.

A trace that `runs` has made has its fields apart; another text trace is read as it is shown, and
a recording as `swifttrace show` shows it.
"""

from __future__ import annotations

import itertools
import os
import re
import tempfile

from ..recordings import files as recorded
from ..recordings.opening import open_file
from ..recordings.text_trace import is_text_trace
from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

SEPARATOR = "\x1f"
FIELDS = ("thread", "path", "lineno", "line")
_SEPARATOR = SEPARATOR.encode()
TEMPLATE = SEPARATOR.join(f"{{{name}}}" for name in FIELDS)
"""The form of a line in the traces that are made to be compared."""

LINE, VALUE, CALL, RETURN, YIELD, RESUME, RAISED, CAUGHT, LEFT = range(9)
_MARKS = {"=> ": CALL, "<= ": RETURN, "<~ ": YIELD, "~> ": RESUME}
_EXCEPTION = re.compile(
    r"!! (?P<name>.*?): (?P<what>raised again|raised|caught|left) ?(?P<text>.*)", re.DOTALL
)
_WHAT = {"raised": RAISED, "raised again": RAISED, "caught": CAUGHT, "left": LEFT}
_SHOWN = re.compile(r"\++ (?:\{([^}]*)\} )?\[ *(?:([^\]]*?):)?(\d+) *\] (.*)")
_PLAIN = re.compile(r"\++ (?:\{([^}]*)\} )?(.*)")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_HEAD = re.compile(
    r"# swifttrace: process (?P<process>\d+), .*?traced since (?P<began>[-\d]+ [\d:]+) \S+"
    r" in (?P<directory>.*?): (?P<command>.*)"
)
_END = re.compile(r"# swifttrace: process \d+ ended with status (\d+): ")


class Event:
    """One event. `text` is the source line, the names that are bound, or what a mark shows."""

    __slots__ = ("kind", "line", "name", "path", "text", "thread")

    def __init__(self, fields: list[str]) -> None:
        self.thread, self.path, line, self.text = fields
        self.line = int(line or 0)
        self.kind = LINE
        self.name = ""
        """Of the function, where a mark shows it."""
        self._read_mark()

    def _read_mark(self) -> None:
        text = self.text.lstrip()
        mark = text[:3]
        if mark in _MARKS:
            self.kind = _MARKS[mark]
            self.name, _, self.text = text[3:].partition("(" if mark[1] == ">" else ": ")
        elif mark[:2] == "# ":
            self.kind, self.text = VALUE, text[2:]
        elif mark == "!! " and (found := _EXCEPTION.fullmatch(text)):
            self.kind, self.name, self.text = _WHAT[found["what"]], found["name"], found["text"]


class _Places:
    """The line that each call is at. A recording has some values as they were printed, which may
    be without the line that they are of.
    """

    def __init__(self) -> None:
        self._stacks: dict[str, list[tuple[str, int]]] = {}

    def put(self, event: Event) -> None:
        """Take the next event; have one that tells values name its line."""
        stack = self._stacks.setdefault(event.thread, [])
        if event.kind == VALUE:
            if stack:
                event.path, event.line = stack[-1]
            return
        place = event.path, event.line
        if event.kind in (CALL, RESUME) or not stack:
            stack.append(place)
        else:
            stack[-1] = place
        if event.kind in (RETURN, YIELD, LEFT):
            stack.pop()


class Process:
    """The trace of one process: what its head says, and its events."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.process = self.began = self.directory = self.command = ""
        self.status: int | None = None
        self.has_calls = False
        self.is_own = False
        self.shown: IO[bytes] | None = None
        """What a recording shows; it is removed when it is closed."""
        self._held = _readable(path, self)
        self._look()

    def _look(self) -> None:
        """Read the head, and find out what kind of a trace it is."""
        for line in itertools.islice(self._lines(), 200):
            found = _HEAD.match(line)
            if found and not self.process:
                self.process, self.began = found["process"], found["began"]
                self.directory, self.command = found["directory"], found["command"]
            self.is_own = self.is_own or SEPARATOR in line
            self.has_calls = self.has_calls or "=> " in line

    def _lines(self) -> Iterator[str]:
        with open(self._held, encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            for line in file:
                yield line[:-1] if line.endswith("\n") else line

    def events(self) -> Iterator[Event]:
        """Yield them in their order."""
        reads = self._own_fields if self.is_own else self._shown_fields
        places = _Places() if self.shown is not None and self.has_calls else None
        for line in self._lines():
            fields = reads(line)
            if fields is not None:
                event = Event(fields)
                if places is not None:
                    places.put(event)
                yield event
            elif found := _END.match(line):
                self.status = int(found[1])

    def _own_fields(self, line: str) -> list[str] | None:
        fields = line.split(SEPARATOR, len(FIELDS) - 1)
        return fields if len(fields) == len(FIELDS) and fields[2].isdigit() else None

    def _shown_fields(self, line: str) -> list[str] | None:
        line = _COLOUR.sub("", line)
        if found := _SHOWN.fullmatch(line):
            tag, name, number, text = found.groups()
        elif found := _PLAIN.fullmatch(line):
            (tag, text), name, number = found.groups(), "", "0"
        else:
            return None
        return [_thread(tag), self._whole(name or ""), number, text]

    def _whole(self, name: str) -> str:
        """The path, if the name is the whole of it."""
        return os.path.normpath(os.path.join(self.directory, name)) if name else ""


def _thread(tag: str | None) -> str:
    words = [word for word in (tag or "").split() if not word[:1].isdigit()]
    return " ".join(words)


def _readable(path: str, process: Process) -> str:
    """Return a file with the text of the trace. Raises `recorded.CannotRead`."""
    try:
        with open(path, "rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise recorded.CannotRead(f"{path}: {error.strerror or 'cannot read it'}") from None
    # A recording or a ring has bytes of any kind.
    is_binary = start.startswith(b"swifttrace-")
    if not is_binary and (is_text_trace(start) or start.count(_SEPARATOR) >= len(FIELDS) - 1):
        return path
    opened = open_file(path, as_recording=False)
    if opened.is_folded:
        raise recorded.CannotRead(f"{path}: {recorded.FOLDED}")
    if opened.is_ring:
        raise recorded.CannotRead(f"{path}: the last lines of a run cannot be compared")
    process.shown = tempfile.NamedTemporaryFile("r+b", prefix="swifttrace-")  # noqa: SIM115 (kept open)
    process.directory = opened.root
    chosen = recorded.Selection(3)
    chosen.has_whole_paths = True
    opened.show(chosen, process.shown.fileno())
    return process.shown.name


def processes(name: str) -> list[Process]:
    """Return what a file or a folder has. Raises `recorded.CannotRead`."""
    if not os.path.isdir(name):
        return [Process(name)]
    found = [process for each in sorted(os.listdir(name)) for process in _if_any(name, each)]
    if not found:
        raise recorded.CannotRead(f"{name}: the folder has no traces")
    return sorted(found, key=lambda process: (process.began, len(process.path), process.path))


def _if_any(folder: str, name: str) -> list[Process]:
    path = os.path.join(folder, name)
    try:
        return [Process(path)] if os.path.isfile(path) else []
    except recorded.CannotRead:
        return []
