"""Lines that a test ran, and how a report shows them."""

from __future__ import annotations

from os import sep  # which a test may patch

from . import swifttrace as native
from .unpatched import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Place = tuple[str, int]

_SEPARATOR = "\x1f"
_NAME_WIDTH = 32
_MOST_INDENTED = 40


class Line(str):
    """The text of a line, without its indentation."""

    __slots__ = ("_whole", "depth", "file", "number", "thread")

    file: str
    """As the code object has it: mostly an absolute path."""
    number: int
    depth: int
    """How many calls deep, among those in scope; 0 is the test's own function."""
    thread: str | None
    """Its name, where several threads have run lines."""
    _whole: str

    @classmethod
    def of(cls, kept: tuple[bytes, int, bytes]) -> Line:
        """Make it of what a ring has kept."""
        tag, depth, fields = kept
        file, number, whole = _text(fields).removesuffix("\n").split(_SEPARATOR, 2)
        line = cls(whole.lstrip())
        line.file, line.number, line.depth, line._whole = file, int(number), depth, whole
        line.thread = _text(tag).strip(" {}") or None
        return line

    def at_level(self, level: int) -> str:
        """Return it as it is printed at a level."""
        tag = f"{{{self.thread}}} " if self.thread else ""
        place = ("", f"[{self.number:6}] ", f"[{self.file[-_NAME_WIDTH:]:>32}:{self.number:<6}] ")
        return f"+ {tag}{place[level - 1]}{self._whole}"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def without_single_thread(lines: list[Line]) -> list[Line]:
    """Name no thread where there is one: there may have been several in other tests."""
    if len({line.thread for line in lines}) <= 1:
        for line in lines:
            line.thread = None
    return lines


def marked_place(lines: Sequence[Line], raised: Iterable[Place]) -> int | None:
    """Return the index of the line that an exception came from.

    `raised` are the places of its traceback, the innermost first. None where none of
    them is among the lines.
    """
    for place in raised:
        for index in reversed(range(len(lines))):
            if (lines[index].file, lines[index].number) == place:
                return index
    return None


class Table:
    """Lines one below the other: where they are, and how deep in calls."""

    def __init__(self, root: str, lines: Sequence[Line], places: Sequence[Place]) -> None:
        self.lines = lines
        names = [(native.visible(_relative(file, root)), number) for file, number in places]
        self.names = [f"{file}:{number}" for file, number in names]
        self.width = max(map(len, self.names), default=0)
        self.least = min((line.depth for line in lines), default=0)

    def text(self, marked: int | None) -> str:
        """Return it with `>` before the line of that index."""
        return "\n".join(self._row(index, index == marked) for index in range(len(self.lines)))

    def _row(self, index: int, is_marked: bool) -> str:
        line = self.lines[index]
        indentation = "  " * min(line.depth - self.least, _MOST_INDENTED)
        thread = f"{{{line.thread}}} " if line.thread else ""
        mark = ">" if is_marked else " "
        return f"{mark} {self.names[index]:{self.width}}  {indentation}{thread}{line}"


def _relative(file: str, root: str) -> str:
    start = root.rstrip(sep) + sep
    return file.removeprefix(start)
