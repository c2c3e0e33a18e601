"""Files of programs and libraries (ELF): where in memory a symbol is."""

from __future__ import annotations

import struct

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .process import Mapping

X86_64 = 62
_LOAD, _DYNAMIC_SYMBOLS = 1, 11
_PAGE = 4095


class NotElf(Exception):
    """The file is no program or library of 64 bits."""


class Image:
    """The parts of a file that say which symbols it has."""

    def __init__(self, path: str) -> None:
        """Raises `NotElf` or `OSError`."""
        with open(path, "rb") as file:
            self._file = file
            header = file.read(64)
            if header[:5] != b"\x7fELF\x02":
                raise NotElf(path)
            fields = struct.unpack_from("<HHIQQQIHHHHHH", header, 16)
            self.machine = fields[1]
            self._segments = self._table("<IIQQQQQQ", fields[4], fields[9])
            self._sections = self._table("<IIQQQQIIQQ", fields[5], fields[11])
            self._names, self._symbols = self._dynamic()

    def _table(self, form: str, offset: int, count: int) -> list[tuple[int, ...]]:
        self._file.seek(offset)
        data = self._file.read(struct.calcsize(form) * count)
        return list(struct.iter_unpack(form, data))

    def _dynamic(self) -> tuple[bytes, bytes]:
        for section in self._sections:
            if section[1] == _DYNAMIC_SYMBOLS:
                return self._section(self._sections[section[6]]), self._section(section)
        return b"", b""

    def _section(self, section: tuple[int, ...]) -> bytes:
        self._file.seek(section[4])
        return self._file.read(section[5])

    def symbol(self, name: str) -> tuple[int, int]:
        """Return its address in the file's own terms, and its size. Raises `KeyError`."""
        place = self._names.find(b"\0" + name.encode() + b"\0") + 1
        if place:
            wanted = struct.pack("<I", place)
            at = self._symbols.find(wanted)
            while at >= 0:
                if at % 24 == 0:
                    _, _, section, address, size = struct.unpack_from(
                        "<BBHQQ", self._symbols, at + 4
                    )
                    if section:
                        return address, size
                at = self._symbols.find(wanted, at + 1)
        raise KeyError(name)

    def bias(self, first: Mapping) -> int:
        """Return what is added to the file's addresses, given where its first part lies."""
        for kind, _, offset, address, *_ in self._segments:
            if kind == _LOAD and offset & ~_PAGE == first.offset:
                return first.start - (address & ~_PAGE)
        return first.start
