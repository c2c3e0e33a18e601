"""Where a failing test and a run of it that passed part: alone, or its last pass."""

from __future__ import annotations

import hashlib
import os
import re
import time
import zlib

from ..compare import alignment, events
from ..compare.calls import Run
from ..compare.differences import Differences
from ..compare.report import Report
from ..runtime.builtins import __builtins__ as __builtins__
from .sections import cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ALONE, LAST_PASS = "alone", "last-pass"
_MOST_BYTES = 64 << 20
"""So much of the trace of the tests before is looked at for who set a value."""
_LINE_BEFORE = b"\n# swifttrace test: "
_HEAD = re.compile(r"(?m)^# swifttrace test: (\d+) ([-\d]+ [\d:]+) (.*)\n")


def head(name: str) -> bytes:
    """Return the line with which the part of a test begins in a trace."""
    began = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    return f"# swifttrace test: {os.getpid()} {began} {name}\n".encode("utf-8", "backslashreplace")


class Part(events.Process):
    """The trace of one test."""

    def __init__(self, found: re.Match[str], text: str, root: str) -> None:
        self.process, self.began, self.name = found.groups()
        self.text, self.directory = text, root
        self.command = f"test {self.name}"
        self.path, self.status, self.shown = "", None, None
        self.has_calls = self.is_own = True

    def _lines(self) -> Iterator[str]:
        return iter(self.text.split("\n"))

    @property
    def whole(self) -> str:
        """The text with its head."""
        return f"# swifttrace test: {self.process} {self.began} {self.name}\n{self.text}"


def parts(text: str, root: str) -> list[Part]:
    """Return the tests of a trace."""
    heads = list(_HEAD.finditer(text))
    ends = [found.start() for found in heads[1:]] + [len(text)]
    return [Part(found, text[found.end() : end], root) for found, end in zip(heads, ends)]


class LastPart:
    """The test that a trace ends with, while the trace grows: what was before is not read again."""

    def __init__(self, path: str, root: str) -> None:
        self._path, self._root = path, root
        self._start = 0
        """Where the last test began that was asked for."""

    def get(self) -> Part | None:
        """Return it."""
        with open(self._path, "rb") as file:
            start = max(self._start, os.path.getsize(self._path) - _MOST_BYTES)
            file.seek(start)
            text = file.read()
        at = max(text.rfind(_LINE_BEFORE) + 1, 0)
        self._start = start + at
        found = parts(text[at:].decode("utf-8", "backslashreplace"), self._root)
        return found[-1] if found else None


def read(path: str) -> str:
    """Return the last part of a trace."""
    with open(path, "rb") as file:
        file.seek(max(os.path.getsize(path) - _MOST_BYTES, 0))
        return file.read().decode("utf-8", "backslashreplace")


def told(passed: Part, trace: str, root: str) -> list[str]:
    """Return where a pass and the test that a trace ends with part; A is the pass."""
    *earlier, failed = parts(read(trace), root)
    one = Run([passed])
    other = alignment.second(one, [failed])
    differences = Differences(one, other)
    report = Report(differences, differences.first())
    for part in earlier:  # for the lines that set what is read
        other.add(part)
    return cut(report.lines())


class Passes:
    """The last passes of tests, a file for each, in the cache of pytest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _file(self, name: str) -> Path:
        return self._folder / hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:32]

    def keep(self, name: str, part: Part) -> None:
        """Keep the trace of a test that has passed."""
        file = self._file(name)
        new = file.with_suffix(f".{os.getpid()}")
        new.write_bytes(zlib.compress(part.whole.encode("utf-8", "backslashreplace"), 1))
        new.replace(file)

    def of(self, name: str, root: str) -> Part | None:
        """Return the last pass of a test, if there is one."""
        try:
            text = zlib.decompress(self._file(name).read_bytes()).decode("utf-8", "replace")
        except (OSError, zlib.error):
            return None
        found = parts(text, root)
        return found[0] if found else None
