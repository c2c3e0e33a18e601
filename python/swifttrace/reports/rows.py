"""How a report shows lines: a row for each statement that ran."""

from __future__ import annotations

from importlib.util import decode_source
from io import open_code
from os import sep  # which a test may patch

from .. import swifttrace as native
from ..details.statements import Statements
from ..runtime.builtins import __builtins__ as __builtins__
from .flows import Flows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .flows import Flow
    from .lines import Line, Place

_MOST_INDENTED = 40
_LEVEL_WITH_FILES = 3
_MOST_SHOWN = 140
"""How many characters of the values of a row are shown."""


class Sources:
    """The statements of the files that lines are of, read once for a report."""

    def __init__(self) -> None:
        self._known: dict[str, Statements | None] = {}
        self._flows: dict[str, dict[int, Flow]] = {}

    def of(self, line: Line) -> Statements | None:
        """Return those of a line's file; None where they are not to be had."""
        if line.file not in self._known:
            self._known[line.file] = _read(line.file)
        found = self._known[line.file]
        if found is None or line.number >= len(found.first):
            return None
        # It may have been edited since.
        return found if found.lines[line.number - 1].strip() == line else None

    def flow(self, row: Row) -> Flow | None:
        """Return what a row's statement reads and changes, if it is known."""
        file = row.line.file
        if file not in self._flows:
            found = self._known.get(file)
            self._flows[file] = _flows(found) if found is not None else {}
        return self._flows[file].get(row.number)


def _flows(statements: Statements) -> dict[int, Flow]:
    try:
        return Flows("\n".join(statements.lines)).at
    except Exception:
        return {}


def _read(file: str) -> Statements | None:
    try:
        with open_code(file) as source:
            return Statements(decode_source(source.read()))
    except Exception:
        return None


class Row:
    """A statement that ran, and in which lines."""

    __slots__ = ("depth", "end", "indentation", "line", "number", "text", "values")

    def __init__(self, line: Line, statements: Statements | None) -> None:
        self.line, self.depth = line, line.depth
        self.number, self.text, self.indentation = line.number, str(line), 0
        self.values = line.values
        self.end = line.number
        """Of the line that ran last."""
        if statements is not None:
            self.number = statements.first[line.number]
            self.text = statements.text(self.number).strip()
            whole = line.whole if self.number == line.number else statements.lines[self.number - 1]
            indentation = len(whole) - len(whole.lstrip())
            self.indentation = max(indentation - statements.bodies[self.number], 0)

    def goes_on(self, line: Line, statements: Statements | None) -> bool:
        """Whether a line is of this run of the statement, and not of the next one."""
        if statements is None or line.file != self.line.file:
            return False
        if statements.first[line.number] != self.number:
            return False
        if line.depth == self.depth:
            return line.number != self.end
        # A comprehension, or a lambda, if it is not the function itself that is called again.
        name = statements.names[self.number]
        return not name or name not in self.text

    def add(self, line: Line) -> None:
        """Take another line of it."""
        self.end = line.number
        if line.depth == self.depth:
            self.values = self.values + line.values


def rows(lines: Sequence[Line], sources: Sources) -> tuple[list[Row], list[int]]:
    """Return the rows for lines, and for each line the index of its row."""
    found, places = list[Row](), list[int]()
    running: dict[str | None, list[int]] = {}
    for line in lines:
        statements = sources.of(line)
        stack = running.setdefault(line.thread, [])
        while stack and found[stack[-1]].depth > line.depth:
            stack.pop()
        if stack and found[stack[-1]].goes_on(line, statements):
            found[stack[-1]].add(line)
        else:
            if stack and found[stack[-1]].depth == line.depth:
                stack.pop()
            stack.append(len(found))
            found.append(Row(line, statements))
        places.append(stack[-1])
    return found, places


class Table:
    """Rows one below the other: where they are, and how deep in calls.

    A file is named once for the rows that follow each other in it. If rows are left out, each row
    names its file.
    """

    def __init__(
        self,
        root: str,
        rows: Sequence[Row],
        place: Callable[[Line], Place],
        times: Sequence[int] = (),
    ) -> None:
        """:param times: how often the statement of each row ran, where a row stands for all."""
        self.rows = rows
        self.times = times
        self.names = []
        for row in rows:
            file, number = place(row.line)
            name = native.visible(_relative(file, root))
            self.names.append((name, str(number - row.line.number + row.number)))
        self.width = max((len(f"{name}:{number}") for name, number in self.names), default=0)
        self.least = min((row.depth for row in rows), default=0)

    def text(self, marked: int | None) -> str:
        """Return it with `>` before the row of that index."""
        return "\n".join(self._row(index, index == marked) for index in range(len(self.rows)))

    def _row(self, index: int, is_marked: bool) -> str:
        row = self.rows[index]
        name, number = self.names[index]
        if not self.times and index and name == self.names[index - 1][0]:
            name = " " * len(name)
        depth = min(row.depth - self.least, _MOST_INDENTED)
        indentation = "  " * depth + " " * min(row.indentation, 2 * _MOST_INDENTED)
        thread = f"{{{row.line.thread}}} " if row.line.thread else ""
        mark = ">" if is_marked else " "
        times = self.times[index] if self.times else 1
        again = f"    (ran {times:,} times)" if times > 1 else ""
        more = f"    # {_cut('; '.join(row.values))}" if row.values else ""
        place = f"{name}:{number}"
        return f"{mark} {place:{self.width}}  {indentation}{thread}{row.text}{more}{again}"


def _cut(text: str) -> str:
    text = native.visible(text)
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"


def at_level(lines: Sequence[Line], level: int, root: str) -> list[str]:
    """Return lines as they are printed at a level.

    Levels 1 and 2 say no file: where there are several, each row of lines of one has its
    name above it.
    """
    names = level < _LEVEL_WITH_FILES and len({line.file for line in lines}) > 1
    texts: list[str] = []
    file = None
    for line in lines:
        if names and line.file != file:
            file = line.file
            texts.append(f"# {native.visible(_relative(file, root))}")
        texts.append(line.at_level(level))
    return texts


def _relative(file: str, root: str) -> str:
    start = root.rstrip(sep) + sep
    return file.removeprefix(start)
