"""Sizes and spans of time, such as `64M` and `10m`."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
LEAST_SIZE = 1 << 20
_MOST_SIZE = 1 << 50
_MOST_SECONDS = 10**9


def size(name: str, size: int | str | None) -> int:
    """Return a number of bytes; 0: there is no limit."""
    if size is None:
        return 0
    bytes_ = _amount(size, _UNITS)
    if bytes_ is None or not LEAST_SIZE <= bytes_ <= _MOST_SIZE:
        raise ValueError(f"{name} must be a size of 1M or more, such as 64M, not {size!r}")
    return bytes_


def age(name: str, age: int | str | None) -> int:
    """Return a number of seconds; 0: there is no limit."""
    if age is None:
        return 0
    seconds = _amount(age, _SECONDS)
    if seconds is None or not 1 <= seconds <= _MOST_SECONDS:
        raise ValueError(f"{name} must be 1s or more, such as 10m or 2h, not {age!r}")
    return seconds


def _amount(said: int | str, units: dict[str, int]) -> int | None:
    if isinstance(said, int) and not isinstance(said, bool):
        return said
    if not isinstance(said, str):
        return None
    digits = said.rstrip("KMGsmhd")
    unit = units.get(said[len(digits) :])
    if unit is None or not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        return None
    return int(digits) * unit
