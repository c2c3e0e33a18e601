"""The cells that are traced: what they run is, and what the shell does is not."""

from __future__ import annotations

import threading

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.shell_threads import threads_of_shell
from .cell_output import CellOutput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..api import trace
    from ..session.trace import Trace


class Cell:
    """A cell that runs.

    :ivar info: the shell's object for it.
    :ivar asked: what its `%%trace` asks for, until that is done.
    """

    def __init__(self, info: Any, asked: tuple[int, dict[str, Any]] | None, lasting: Traced):
        self.info = info
        self.asked = asked
        self.block: trace | None = None
        self.is_entered = False
        self.traced = lasting

    def enter(self) -> None:
        """Trace it from here on, if it is to be."""
        if self.block is not None and not self.is_entered:
            self.is_entered = True
            self.block.__enter__()

    def end(self) -> None:
        if self.block is not None and self.is_entered:
            self.block.__exit__(None, None, None)
        self.traced.end()


class Traced:
    """A trace that the magics have begun, or none, while it is in force."""

    def __init__(self, output: CellOutput | None, trace: Trace | None = None) -> None:
        self.output = output
        self.session: native.Session | None = None
        """The session, if the shell's own code is in its scope."""
        self.left_out: list[int] = []
        """The threads that are not traced."""
        if trace is not None and trace.settings.scope == "all":
            self.session = trace.session
            self.pause()

    def begin(self) -> list[int]:
        """Trace the cell's thread, and those that are not the shell's.

        :return: what `pause` takes.
        """
        own = threading.get_ident()
        before = [thread for thread in self.left_out if thread == own]
        threads = self.aside(threads_of_shell)
        if self.output is not None and not self.output.runs:
            self.aside(self.output.begin, self.aside)
        self._leave_out(threads)
        return before

    def pause(self, before: list[int] | None = None) -> None:
        """Trace the cell's thread no longer, unless it is another cell's: it is the shell's."""
        before = [threading.get_ident()] if before is None else before
        self._leave_out([*self.left_out, *before])

    def _leave_out(self, threads: list[int]) -> None:
        if (session := self.session) is None:
            return
        for thread in threads:
            session.leave_out(thread)
        for thread in self.left_out:
            session.take_in(thread)
        self.left_out = threads

    def aside(self, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        """Call a function of the shell's, which is not traced."""
        if (session := self.session) is None:
            return function(*arguments, **keywords)
        thread = threading.get_ident()
        session.leave_out(thread)
        try:
            return function(*arguments, **keywords)
        finally:
            session.take_in(thread)

    def shows(self, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        """Call one that shows something, behind what has been traced."""
        if self.output is not None:
            self.aside(self.output.copy)
        return self.aside(function, *arguments, **keywords)

    def end(self) -> None:
        if self.output is not None and self.output.runs:
            self.aside(self.output.end)
