"""Which trace is in force while tests run."""

from __future__ import annotations

import pytest

from .in_force import Trace, state


class InForce:
    """One stays in force from test to test: each change has all code instrumented anew.

    A test that is traced otherwise has its own on top. Raises `pytest.UsageError` where
    there can be no trace.
    """

    def __init__(self) -> None:
        self._always: Trace | None = None
        self._below: list[Trace | None] | None = None
        self._on_top: list[Trace | None] | None = None

    def begin(self, trace: Trace) -> None:
        """Have one stay in force."""
        self._always = trace
        self._below = _push(trace)

    def end(self) -> None:
        """Have none of ours in force."""
        self._always = None
        if self._below is not None:
            state.drop(self._below)
            self._below = None

    def hold(self, trace: Trace) -> None:
        """Have one in force for a test."""
        if trace is not self._always:
            self._on_top = _push(trace)
        elif state.active is None:  # a test has called `disable()`
            self.end()
            self.begin(trace)

    def let_go(self) -> None:
        """That test is over."""
        if self._on_top is not None:
            state.drop(self._on_top)
            self._on_top = None


def _push(trace: Trace) -> list[Trace | None]:
    try:
        return state.push(trace)
    except RuntimeError as error:
        raise pytest.UsageError(str(error)) from None
