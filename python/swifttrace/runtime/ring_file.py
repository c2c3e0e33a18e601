"""The file of `--last N -o FILE`, read after the process has gone.

A page of header, the entries, then chunks of rendered lines, each of which says at which
address it was. All numbers are 8 bytes in the machine's order. `RingLayout.swift` writes
it.
"""

from __future__ import annotations

import os
import re
import stat
import sys

from .. import swifttrace as native
from .builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_MAGIC = b"swifttrace-ring\n"
_VERSION = 1
_HEADER = 4096
_GRAIN = 64 * 1024
_TAGS = 1024
_COUNT = _HEADER - 8
_NUMBER = 8
_ADDRESS = (1 << 48) - 1
_COLOUR = re.compile(rb"(\x1b\[[0-9;]*m)")
_LOST = b"<lost>\n"


class Ring:
    """The lines of one file. Raises `ValueError` where it is not a ring's."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        if not data.startswith(_MAGIC):
            raise ValueError("not a file of --last")
        version, self.capacity, self.last, self.process, self.tagged = (
            self._number(16 + _NUMBER * place) for place in range(5)
        )
        if version != _VERSION:
            raise ValueError("a file of another version's --last")
        if not 1 <= self.last <= self.capacity <= (len(data) - _HEADER) // _NUMBER:
            raise ValueError("a file of --last that has been cut")
        self.count = self._number(_COUNT)
        self.shown = min(self.count, self.last)
        self.chunks = list(self._chunks())

    def lines(self) -> Iterator[bytes]:
        """Yield the last lines, the oldest first."""
        for index in range(self.count - self.shown, self.count):
            entry = self._number(_HEADER + index % self.capacity * _NUMBER)
            line = self._text(entry & _ADDRESS)
            tag = self._text(self._number(_TAGS + (entry >> 56) * _NUMBER))
            if line.endswith(b"\n"):
                yield _visible(line[: self.tagged] + tag + line[self.tagged : -1]) + b"\n"
            else:
                yield _LOST

    def _number(self, place: int) -> int:
        return int.from_bytes(self.data[place : place + _NUMBER], sys.byteorder)

    def _chunks(self) -> Iterator[tuple[int, int, int]]:
        """Yield the address of each chunk, its size and its place in the file."""
        place = -(-(_HEADER + self.capacity * _NUMBER) // _GRAIN) * _GRAIN
        while place + _NUMBER * 2 <= len(self.data):
            address, size = self._number(place), self._number(place + _NUMBER)
            if size < _GRAIN:
                break
            yield address, size, place
            place += size

    def _text(self, address: int) -> bytes:
        """Return the text that was rendered at an address; empty where none was."""
        for start, size, place in self.chunks:
            if start <= address < start + size:
                at = place + address - start
                length = int.from_bytes(self.data[at : at + 4], sys.byteorder)
                return self.data[at + 4 : at + 4 + length]
        return b""


def _visible(line: bytes) -> bytes:
    """A line has nothing that a terminal acts on but colours, and the newlines of `wrap`; a
    file that was tampered with may.
    """
    pieces = _COLOUR.split(line)
    pieces[::2] = map(_escaped, pieces[::2])
    return b"".join(pieces)


def _escaped(text: bytes) -> bytes:
    """With `--wrap` a line goes on in the next."""
    lines = text.decode("utf-8", "backslashreplace").split("\n")
    return "\n".join(map(native.visible, lines)).encode()


def read(name: str) -> Ring:
    """Raises `OSError` or `ValueError`."""
    # Not to wait for who writes to a FIFO.
    descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("not a regular file")
        try:
            return Ring(file.read())
        except MemoryError:
            raise ValueError("too large to be read") from None


def show(ring: Ring) -> None:
    """Print what the ring has, as a dump does. Raises `OSError`."""
    plural = "" if ring.count == 1 else "s"
    heading = f"the last {ring.shown} of {ring.count} line{plural}"
    heading = f"# swifttrace: process {ring.process}: {heading}\n"
    # Not by sys.stdout, whose buffer would be written once more at the end.
    with open(1, "wb", closefd=False) as output:
        output.write(heading.encode())
        output.writelines(ring.lines())
