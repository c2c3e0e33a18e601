"""Which rows of a long test its report has: what is on the stack, and what led to the failure."""

from __future__ import annotations

from collections import Counter

from ..runtime.builtins import __builtins__ as __builtins__
from .calls import Calls
from .relevance import Relevance, by_statement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .rows import Row, Sources


_FEWEST = 8
"""If fewer rows are known to have led to a failure, those before it are shown, too."""


class Selection:
    """The rows that are shown, one for each statement, in the order in which the statements ran."""

    def __init__(
        self, rows: Sequence[Row], sources: Sources, marked: int | None, most: int
    ) -> None:
        last = len(rows) - 1 if marked is None else marked
        self.calls = Calls(rows, sources)
        self._rows = rows
        stack = _stack(self.calls, last)
        relevance = Relevance(self.calls)
        relevance.walk(last)
        order = [*_ends(stack, most // 2), *by_statement(relevance)]
        found = _first_of_each(rows, order, most)
        if len(found) < _FEWEST:
            found = _first_of_each(rows, [*order, *range(last, -1, -1)], min(most, _FEWEST))
        times = Counter(map(self._statement, range(len(rows))))
        self.indices = sorted(found, key=lambda index: self._began(index, stack))
        """Of the rows."""
        self.times = [times[self._statement(index)] for index in self.indices]
        """How often the statement of each ran."""

    def _statement(self, index: int) -> tuple[str, int]:
        return self._rows[index].line.file, self._rows[index].number

    def _began(self, index: int, stack: Sequence[int]) -> int:
        """Return when its call ran its statement first: a loop is shown as its first round."""
        if index in stack:
            return index
        return self.calls.statements(self.calls.of[index])[self._rows[index].number][0]


def _stack(calls: Calls, index: int) -> list[int]:
    """Return the row that failed, the one that called it, and so on."""
    found = []
    while index >= 0:
        found.append(index)
        index = calls.of[index].caller
    return found


def _ends(stack: list[int], most: int) -> list[int]:
    """Of a deep stack both ends."""
    if len(stack) <= most:
        return stack
    return [*stack[: most - most // 2], *stack[-(most // 2) :]]


def _first_of_each(rows: Sequence[Row], order: Iterable[int], most: int) -> list[int]:
    found: dict[tuple[str, int], int] = {}
    for index in order:
        found.setdefault((rows[index].line.file, rows[index].number), index)
        if len(found) == most:
            break
    return list(found.values())
