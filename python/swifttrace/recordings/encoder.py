"""Writes a recording, for traces that were written as text.

`docs/reference/recording-format.md` describes the format; `RecordingWriter.swift` writes it
while a program runs.
"""

from __future__ import annotations

import struct

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

BLOCK = 64 * 1024
HEADER = 64
_MAGIC = b"swifttrace-rec\n\0"
_BLOCK_MAGIC = 0x42747773
_EVENTS, _DEFINITIONS = 1, 2
_MASK = (1 << 64) - 1


def number(value: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def checksum(data: bytes) -> int:
    """Return what a closed block carries of its bytes."""
    total = 0x9E3779B97F4A7C15 ^ len(data)
    end = len(data) // 8 * 8
    for (word,) in struct.iter_unpack("<Q", data[:end]):
        total = (total ^ word) * 0xFF51AFD7ED558CCD & _MASK
        total ^= total >> 29
    total = (total ^ int.from_bytes(data[end:], "big")) * 0xFF51AFD7ED558CCD & _MASK
    total ^= total >> 29
    return (total ^ total >> 32) & 0xFFFFFFFF


class Encoder:
    """A recording that is written to a file of its own."""

    def __init__(self, file: IO[bytes], fields: list[tuple[int, bytes]], process: int = 0) -> None:
        self._file = file
        self._definitions = bytearray()
        self._defined = 0
        self._events = bytearray()
        self._segment = 0
        self._lines = 0
        self._previous = 0
        self._places = 0
        self._write_header(fields, process)

    def _write_header(self, fields: list[tuple[int, bytes]], process: int) -> None:
        encoded = b"".join(bytes([kind]) + number(len(text)) + text for kind, text in fields)
        head = _MAGIC + struct.pack("<IIQQQQQ", 1, BLOCK, 1, process, 0, 0, 0)
        head += struct.pack("<II", len(encoded), checksum(encoded)) + encoded
        self._file.write(head.ljust(BLOCK, b"\0"))

    def define_file(self, name: bytes, path: bytes, source: bytes | None, file: int) -> None:
        """Files have the numbers 1, 2 and so on, in this order."""
        self._define(1, number(len(name)) + name + path)
        if source is not None:
            self._define(2, number(file) + source)

    def define_place(self, file: int, line: int, text: bytes) -> int:
        """Return the place's number."""
        self._define(3, number(file) + number(line) + b"\1" + text)
        self._places += 1
        return self._places

    def _define(self, kind: int, body: bytes) -> None:
        self._definitions += bytes([kind]) + number(len(body)) + body

    def line(self, place: int) -> None:
        """Record a line."""
        difference = place - self._previous
        encoded = difference * 2 if difference >= 0 else -difference * 2 - 1
        if encoded < 0x80:
            self._events.append(0x20 + encoded)
        elif encoded < 0x2080:
            self._events += (encoded - 0x80 + 0xA000).to_bytes(2, "big")
        else:
            self._events += b"\1" + number(encoded)
        self._previous = place
        self._lines += 1
        if len(self._events) > BLOCK - HEADER - 16:
            self._end_events()

    def text(self, text: bytes) -> None:
        """Record bytes that are between the lines."""
        if len(self._events) + len(text) > BLOCK - HEADER - 16:
            self._end_events()
        for start in range(0, len(text), BLOCK // 2):
            piece = text[start : start + BLOCK // 2]
            self._events += (b"\x12" if start else b"\x10") + number(len(piece)) + piece
            if len(self._events) > BLOCK // 2:
                self._end_events()

    def finish(self) -> None:
        """Write what is not written yet."""
        self._end_events()
        size = BLOCK - HEADER
        for start in range(0, len(self._definitions), size):
            self._block(_DEFINITIONS, bytes(self._definitions[start : start + size]), start, 0)
        self._file.flush()

    def _end_events(self) -> None:
        if self._events:
            self._block(_EVENTS, bytes(self._events), self._segment, self._lines)
        self._segment += 1
        self._events.clear()
        self._lines = self._previous = 0

    def _block(self, kind: int, payload: bytes, order: int, lines: int) -> None:
        head = struct.pack("<IIQQQ", _BLOCK_MAGIC, kind, 1, order, 0)
        head += struct.pack("<IIII", 0, len(payload), checksum(payload), lines)
        self._file.write((head.ljust(HEADER, b"\0") + payload).ljust(BLOCK, b"\0"))
