"""The calls of a test: which rows are of one call, and which row called it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from ..runtime.builtins import __builtins__ as __builtins__
from .flows import MODULE, Flow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .flows import Function
    from .rows import Row, Sources


class Call:
    """One call, or a part of one: a generator runs in as many as it is resumed."""

    __slots__ = ("caller", "depth", "function", "rows", "statements")

    def __init__(self, caller: int, function: Function, depth: int) -> None:
        self.caller = caller
        """The index of the row that called it; -1: no row did."""
        self.function = function
        self.depth = depth
        self.rows: list[int] = []
        self.statements: dict[int, list[int]] = {}
        """Its rows by the lines of their statements, once they were asked for."""


_NOTHING = Flow(MODULE, 0, ())


class Calls:
    """Those that rows are of."""

    def __init__(self, rows: Sequence[Row], sources: Sources) -> None:
        self.rows = rows
        self.flows = [sources.flow(row) or _NOTHING for row in rows]
        self.of: list[Call] = []
        """The call of each row."""
        self.called: dict[int, list[Call]] = {}
        """By the index of a row, what it called."""
        self.parts: dict[Function, list[int]] = {}
        """The rows of each function."""
        stacks: dict[str | None, list[Call]] = {}
        for index, row in enumerate(rows):
            call = self._call(stacks.setdefault(row.line.thread, []), index)
            call.rows.append(index)
            self.of.append(call)
            self.parts.setdefault(call.function, []).append(index)

    def statements(self, call: Call) -> dict[int, list[int]]:
        """Return the rows of a call by the lines of their statements."""
        if not call.statements:
            for index in call.rows:
                call.statements.setdefault(self.rows[index].number, []).append(index)
        return call.statements

    def tells(self, index: int) -> bool:
        """Whether a row is worth to be shown: it has a text, and is no `def` or `import`."""
        return self.is_known(index) and not self.flows[index].is_definition

    def is_known(self, index: int) -> bool:
        """Whether the source of a row is there, and with it what the row reads."""
        return self.flows[index] is not _NOTHING

    def is_import(self, call: Call) -> bool:
        """Whether it is the code of a module."""
        return call.function is MODULE and self.is_known(call.rows[0])

    def end(self, index: int, call: Call) -> int:
        """Return the row in which what a row has called returned its value.

        That is no `finally` after the `return`. A coroutine has ended in another part than the one
        that it began in.
        """
        first, rows = call.rows[0], self.parts[call.function]
        later = self._until(index, first, rows) if self.flows[index].awaits else []
        before = rows[max(bisect_left(rows, first) - 1, 0) : bisect_left(rows, first)]
        for row in (*reversed(call.rows), *reversed(later), *before):
            if self.flows[row].is_exit:
                return row
        return call.rows[-1]

    def _until(self, index: int, first: int, rows: list[int]) -> list[int]:
        """Return rows of a coroutine until the function goes on that awaits it in a row."""
        own = self.parts[self.of[index].function]
        limit = own[bisect_right(own, first)] if own[-1] > first else len(self.rows)
        return rows[bisect_left(rows, first) : bisect_left(rows, limit)]

    def raised(self, handler: int) -> int:
        """Return the row that raised what an `except` has caught: the last one before it.

        If that is one of the exception's own, it is the `raise` that made the exception.
        """
        row = handler - 1
        while row >= 0 and self.of[row] is not self.of[handler]:
            if self.flows[row].is_raise:
                return row
            row = self.of[row].caller
        return handler - 1

    def _call(self, stack: list[Call], index: int) -> Call:
        depth = self.rows[index].depth
        while stack and stack[-1].depth > depth:
            stack.pop()
        if stack and stack[-1].depth == depth:
            if self._goes_on(stack[-1], index):
                return stack[-1]
            stack.pop()
        caller = stack[-1].rows[-1] if stack else -1
        call = Call(caller, self.flows[index].function, depth)
        self.called.setdefault(caller, []).append(call)
        stack.append(call)
        return call

    def _goes_on(self, call: Call, index: int) -> bool:
        """Whether a row is of the call that ran last at its depth, and not of the next one."""
        flow, last = self.flows[index], self.rows[call.rows[-1]]
        row = self.rows[index]
        if row.line.file != last.line.file or flow.function is not call.function:
            return False
        is_first = row.number == flow.function.first and flow.function is not MODULE
        return not (is_first and not flow.is_loop)
