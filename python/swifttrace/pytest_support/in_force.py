"""Which trace is in force while tests run."""

from __future__ import annotations

import pytest

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__
from ..session.state import state
from ..session.trace import Trace


class InForce:
    """One stays in force from test to test: each change has all code instrumented anew.

    A test that is traced otherwise has its own instead. What the test itself traces goes
    before both, and what an earlier one has left on gives way to them.
    """

    def __init__(self) -> None:
        self.remarks: list[str] = []
        """What there is no trace of, and why."""
        self._usual: Trace | None = None
        self._before = state.background, state.silenced
        """What the run has found, which may be within a test of another run."""
        self._left: Trace | None = None
        self._left_by = ""

    def begin(self, trace: Trace | None) -> None:
        """Have one stay in force. Raises `pytest.UsageError` where there can be no trace."""
        self.note_left("")
        self._usual = trace
        try:
            self._rest()
        except RuntimeError as error:
            raise pytest.UsageError(str(error)) from None

    def end(self) -> None:
        """Have none of ours in force."""
        state.put_below(*self._before)

    def hold(self, trace: Trace) -> None:
        """Have one in force for a test."""
        if self._left is not None and self._left is state.wanted():
            self._say_what_left_lacks(self._left)
        if (state.background, state.silenced) != (trace, self._left):
            try:
                state.put_below(trace, self._left)
            except RuntimeError as error:
                self.remarks.append(f"no trace: {error}")

    def let_go(self) -> bool:
        """The test is over. Return whether the trace was still ours, not one of its own."""
        was_ours = state.in_force is state.background
        if state.background is not self._usual:
            self._rest()
        return was_ours

    def note_left(self, nodeid: str) -> None:
        """Find what a test has left on: it and its fixtures are over."""
        left = state.stack[0][0]
        if left is not self._left:
            self._left, self._left_by = left, nodeid

    def _rest(self) -> None:
        if self._usual is None:
            state.put_below(*self._before)
        else:
            state.put_below(self._usual, self._left)

    def _say_what_left_lacks(self, left: Trace) -> None:
        trace = f"the trace to {native.visible(left.destination)}"
        remark = f"{trace} lacks the lines of the tests"
        if self._left_by:
            remark = f"{trace}, left on by {self._left_by}, lacks the lines of later tests"
        if remark not in self.remarks:
            self.remarks.append(remark)
