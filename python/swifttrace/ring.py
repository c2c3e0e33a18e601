"""The file of `--last N -o FILE`, read after the process has gone.

A page of header, the entries, then chunks of rendered lines, each of which says at which
address it was. All numbers are 8 bytes in the machine's order.
"""

from __future__ import annotations

import sys

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
_LOST = b"<lost>\n"


class Ring:
    """The lines of one file. Raises `ValueError` where it is not a ring's."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        if data[: len(_MAGIC)] != _MAGIC or len(data) < _HEADER:
            raise ValueError("not a file of --last")
        version, self.capacity, self.last, self.process, self.tagged = (
            self._number(16 + _NUMBER * place) for place in range(5)
        )
        if version != _VERSION or self.capacity * _NUMBER > len(data) - _HEADER:
            raise ValueError("not a file of this version's --last")
        self.count = self._number(_COUNT)
        self.chunks = list(self._chunks())

    def lines(self) -> Iterator[bytes]:
        """Yield the last lines, the oldest first."""
        for index in range(self.count - min(self.count, self.last), self.count):
            entry = self._number(_HEADER + index % self.capacity * _NUMBER)
            line = self._line(entry & _ADDRESS)
            tag = self._line(self._number(_TAGS + (entry >> 56) * _NUMBER))
            if line is None:
                yield _LOST
            else:
                yield line[: self.tagged] + (tag or b"") + line[self.tagged :]

    def _number(self, place: int) -> int:
        return int.from_bytes(self.data[place : place + _NUMBER], sys.byteorder)

    def _chunks(self) -> Iterator[tuple[int, int, int]]:
        """Yield the address of each chunk, its size and its place in the file."""
        place = -(-(_HEADER + self.capacity * _NUMBER) // _GRAIN) * _GRAIN
        while place + _NUMBER * 2 <= len(self.data):
            address, size = self._number(place), self._number(place + _NUMBER)
            if not size:
                break
            yield address, size, place
            place += size

    def _line(self, address: int) -> bytes | None:
        """Return the text that was rendered at an address."""
        for start, size, place in self.chunks:
            if start <= address < start + size:
                at = place + address - start
                length = int.from_bytes(self.data[at : at + 4], sys.byteorder)
                return self.data[at + 4 : at + 4 + length]
        return None


def show(name: str) -> None:
    """Print what the file has, as a dump does. Raises `OSError` or `ValueError`."""
    with open(name, "rb") as file:
        ring = Ring(file.read())
    shown = min(ring.count, ring.last)
    heading = f"# swifttrace: process {ring.process}: the last {shown} of {ring.count} lines\n"
    output = sys.stdout.buffer
    output.write(heading.encode())
    output.writelines(ring.lines())
