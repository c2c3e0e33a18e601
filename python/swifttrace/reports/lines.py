"""Lines that a test ran."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    Place = tuple[str, int]

_SEPARATOR = "\x1f"
_NAME_WIDTH = 32


class Line(str):
    """The text of a line, without its indentation."""

    __slots__ = ("depth", "file", "number", "thread", "values", "whole")

    file: str
    """As the code object has it: mostly an absolute path."""
    number: int
    depth: int
    """How many calls deep, among those in scope; 0 is the test's own function."""
    thread: str | None
    """Its name, where several threads have run lines."""
    whole: str
    """With its indentation."""
    values: list[str]
    """What it bound, and the calls that it made, where that is known."""

    @classmethod
    def of(cls, kept: tuple[bytes, int, bytes]) -> Line:
        """Make it of what a ring has kept."""
        tag, depth, fields = kept
        file, number, whole = _text(fields).removesuffix("\n").split(_SEPARATOR, 2)
        return cls.at((file, int(number)), whole, depth, _text(tag).strip(" {}"))

    @classmethod
    def at(cls, place: Place, whole: str, depth: int, thread: str) -> Line:
        """Make one of its parts."""
        line = cls(whole.lstrip())
        (line.file, line.number), line.depth, line.whole = place, depth, whole
        line.thread, line.values = thread or None, []
        return line

    def at_level(self, level: int) -> str:
        """Return it as it is printed at a level."""
        tag = f"{{{self.thread}}} " if self.thread else ""
        place = ("", f"[{self.number:6}] ", f"[{self.file[-_NAME_WIDTH:]:>32}:{self.number:<6}] ")
        return f"+ {tag}{place[level - 1]}{self.whole}"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def without_single_thread(lines: list[Line]) -> list[Line]:
    """Name no thread where there is one: there may have been several in other tests."""
    if len({line.thread for line in lines}) <= 1:
        for line in lines:
            line.thread = None
    return lines
