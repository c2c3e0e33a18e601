"""Prints the last lines where a program ends by an exception that nobody caught.

The launcher sees that exception itself. Elsewhere, with `enable(last=N)` or SWIFTTRACE,
the interpreter reports it and leaves it in `sys.last_traceback`, where a function that
`atexit` calls looks for it. `sys.excepthook` stays what the program makes of it.
"""

from __future__ import annotations

import sys

from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.frames import frame_of
from .state import kept_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

_watching: list[bool] = []


class Report:
    """The lines there are now, to be printed later, if `error` is what ends the program."""

    def __init__(self, error: BaseException) -> None:
        self.trace = kept_until(error)
        self.text = b""
        if self.trace is not None and not isinstance(error, SystemExit):
            self.text = self.trace.session.report(True)

    def print(self) -> None:
        if self.trace is not None and self.text:
            self.trace.session.print_report(self.text)


def watch() -> None:
    """Print the report at the interpreter's end, where the launcher does not."""
    if not _watching:
        import atexit

        _watching.append(True)
        atexit.register(_at_exit)


def _at_exit() -> None:
    error = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
    traceback = getattr(sys, "last_traceback", None)
    # At a prompt exceptions end no program.
    if isinstance(error, BaseException) and _is_outermost(traceback) and not hasattr(sys, "ps1"):
        Report(error).print()


def _is_outermost(traceback: TracebackType | None) -> bool:
    """Whether it begins where the interpreter called the program. One that others put
    into `sys`, as pytest and tkinter do, begins below them.
    """
    return traceback is not None and frame_of(traceback).f_back is None
