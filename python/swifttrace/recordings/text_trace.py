"""Reads what a text trace and the last lines of a ring say, as if it had been recorded.

A line has its number and its file as far as its level shows them. The text of a file is put
together from the lines that ran.
"""

from __future__ import annotations

import os
import re
import tempfile

from ..runtime.builtins import __builtins__ as __builtins__
from .encoder import Encoder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import IO

_LINE = re.compile(
    rb"\++ (?:\{[^}]*\} )?(?:\[ *(?:(?P<file>[^\]]*?):)?(?P<line>\d+) *\] )?(?P<text>.*)\n?"
)
_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
_OPTION = 6
_SCRIPT = b"<script>"
"""What the file is called of lines that say none, as level 2 has them."""


def is_text_trace(start: bytes) -> bool:
    """Whether a file that begins so is one."""
    return bool(re.match(rb"(\x1b\[[0-9;]*m)?(\++ |# swifttrace)", start.lstrip(b" \n")))


class _Places:
    """The lines that were met, by file and number."""

    def __init__(self) -> None:
        self.known: dict[tuple[bytes, int, bytes], int] = {}
        self.files: dict[bytes, dict[int, bytes]] = {}
        self.order: list[int] = []
        """The places in the order in which they ran; 0: a text."""
        self.texts: list[bytes] = []
        self.level = 1

    def take(self, line: bytes) -> None:
        """Take one line of the trace."""
        found = _LINE.fullmatch(_COLOUR.sub(b"", line))
        if found is None:
            self.order.append(0)
            self.texts.append(line)
            return
        file, text = found["file"] or b"", found["text"]
        number = int((found["line"] or b"0")[:9])
        self.level = max(self.level, 1 if found["line"] is None else 3 if file else 2)
        self.files.setdefault(file, {}).setdefault(number, text)
        key = (file, number, b"" if number else text)
        place = self.known.setdefault(key, len(self.known) + 1)
        self.order.append(place)


def converted(lines: Iterable[bytes]) -> IO[bytes]:
    """Return a file that holds the recording; it is removed when it is closed."""
    places = _Places()
    for line in lines:
        if line.strip(b" \n"):
            places.take(line)
    file = tempfile.NamedTemporaryFile(prefix="swifttrace-")  # noqa: SIM115 (the caller's)
    encoder = Encoder(file, [(_OPTION, b"level=%d" % places.level)])
    _define(encoder, places)
    texts = iter(places.texts)
    for place in places.order:
        if place:
            encoder.line(place)
        else:
            encoder.text(next(texts))
    encoder.finish()
    return file


def _define(encoder: Encoder, places: _Places) -> None:
    numbers: dict[bytes, int] = {}
    for file, lines in places.files.items():
        numbers[file] = len(numbers) + 1
        name, path = (file, os.path.abspath(file)) if file else (_SCRIPT, _SCRIPT)
        encoder.define_file(name, path, _source(file, lines), numbers[file])
    for file, line, text in places.known:
        encoder.define_place(numbers[file], line, text or places.files[file].get(line, b""))


def _source(file: bytes, lines: dict[int, bytes]) -> bytes | None:
    """The file's own text if it has the lines that ran; or else these alone."""
    last = max(lines)
    if not last or last > 1_000_000:
        return None
    try:
        with open(file, "rb") as opened:
            source = opened.read()
    except (OSError, ValueError):
        source = b""
    own = [line.rstrip() for line in source.split(b"\n")]
    met = [(line, text.rstrip()) for line, text in lines.items() if line]
    if all(line <= len(own) and own[line - 1] == text for line, text in met):
        return source
    return b"\n".join(lines.get(line, b"") for line in range(1, last + 1)) + b"\n"
