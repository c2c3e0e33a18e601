"""Writes messages in the wire format of Protocol Buffers."""

from __future__ import annotations

from ..recordings import encoder
from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    Field = tuple[int, "int | str | bytes"]


def varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first. A negative number has 64 bits."""
    return encoder.number(value & 0xFFFF_FFFF_FFFF_FFFF)


def message(*fields: Field) -> bytes:
    """Return the fields, each with its number: a varint, a text, or a message."""
    encoded = b""
    for number, value in fields:
        if isinstance(value, int):
            encoded += varint(number << 3) + varint(value)
        else:
            data = value.encode("utf-8", "replace") if isinstance(value, str) else value
            encoded += varint(number << 3 | 2) + varint(len(data)) + data
    return encoded


def fixed(number: int, value: int) -> bytes:
    """Return a field of 64 bits."""
    return varint(number << 3 | 1) + value.to_bytes(8, "little")
