"""Files and lines as they are shown: `main.py:12-14 16, sensors.py:5`."""

from __future__ import annotations

import os

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def plain(text: str) -> str:
    """Text of a recording: its bytes that were no ASCII are UTF-8, if they are any text."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


class Names:
    """The places of a recording, with the names of their files."""

    def __init__(self, told: dict[str, Any], root: str) -> None:
        self._root = root
        self.files = [""]
        self.places: list[tuple[int, int, str]] = [(0, 0, "")]
        self.extend(told)

    def extend(self, told: dict[str, Any]) -> None:
        """Take further files and places."""
        self.files += [_short(plain(name), plain(path), self._root) for name, path in told["files"]]
        self.places += [(file, line, plain(text)) for file, line, text in told["places"]]

    def shown(self, place: int) -> str:
        """Return the line of a trace that a place is."""
        file, line, text = self.places[place]
        return f"+ [{self.files[file]}:{line}] {native.visible(text)}"

    def position(self, place: int) -> str:
        """Return `file:line`."""
        file, line, _ = self.places[place]
        return f"{self.files[file]}:{line}"

    def compact(self, places: Iterable[int]) -> str:
        """Return them in their order, lines that follow each other as a range."""
        parts: list[tuple[int, list[list[int]]]] = []
        for place in places:
            file, line, _ = self.places[place]
            if not parts or parts[-1][0] != file:
                parts.append((file, []))
            ranges = parts[-1][1]
            if ranges and ranges[-1][1] + 1 == line:
                ranges[-1][1] = line
            else:
                ranges.append([line, line])
        return ", ".join(f"{self.files[file]}:{_ranges(ranges)}" for file, ranges in parts)


def _ranges(ranges: list[list[int]]) -> str:
    return " ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in ranges)


def _short(name: str, path: str, root: str) -> str:
    whole = path or name
    if root and whole.startswith(root.rstrip("/") + "/"):
        return native.visible(whole[len(root.rstrip("/")) + 1 :])
    return native.visible(os.path.basename(whole) or whole)


def times(count: int) -> str:
    """Return `once` or `3 times`."""
    return "once" if count == 1 else f"{count:,} times"


def counted(count: int, noun: str) -> str:
    """Return `1 line` or `2,000 lines`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
