"""How the program ends: the interpreter reports what nobody caught, without our frames."""

from __future__ import annotations

import os
import sys

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__
from ..session.state import state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, NoReturn

_MISSING = object()
_debugged: list[bool] = []
"""Not empty: pdb has a look at what nobody caught."""


def debug_uncaught(pdb: bool) -> None:
    """Say whether pdb is to have a look at what nobody caught."""
    _debugged[:] = [pdb] * pdb


def raise_without_us(error: BaseException, keep: bool = True) -> NoReturn:
    """Raise `error` on to the interpreter, which reports it without our frames.

    The interpreter sets the exit status, kills itself after Ctrl-C, and calls the
    `sys.excepthook` that it finds, once and at once: one that cuts the traceback and
    hands on to the program's own.
    """
    traceback = error.__traceback__ and error.__traceback__.tb_next if keep else None
    hook: Any = getattr(sys, "excepthook", _MISSING)
    uncaught = sys.modules.get("swifttrace.session.uncaught")
    report = uncaught and uncaught.Report(error)

    def excepthook(
        kind: type[BaseException], value: BaseException, _: TracebackType | None
    ) -> None:
        if hook is _MISSING:
            del sys.excepthook
        else:
            sys.excepthook = hook
        value.__traceback__ = sys.last_traceback = traceback
        try:
            _report(hook, value)
        finally:
            if report:
                report.print()
            if _debugged:
                _debug(traceback)

    if sys.flags.inspect or not isinstance(error, SystemExit):
        sys.excepthook = excepthook
    raise error


def _debug(traceback: TracebackType | None) -> None:
    """The trace ends here: pdb's own lines are none of the program's.

    A program that does not compile has no frame to look at.
    """
    if traceback is None:
        return
    state.change(None)
    import pdb

    pdb.post_mortem(traceback)


def _report(hook: Any, error: BaseException) -> None:
    """Call the program's hook. The corresponding C function is `PyErr_PrintEx`."""
    if hook is _MISSING:
        say("sys.excepthook is missing")
        return _display(error)
    try:
        native.call_alone(hook, (type(error), error, error.__traceback__))
        return None
    except SystemExit:
        raise
    except BaseException as second:
        second.__traceback__ = second.__traceback__ and second.__traceback__.tb_next
        say("Error in sys.excepthook:")
        _display(second)
    say("\nOriginal exception was:")
    return _display(error)


def say(text: str) -> None:
    """The corresponding C function is `PySys_WriteStderr`."""
    try:
        sys.stderr.write(text + "\n")
    except Exception:
        # It has been closed, removed or replaced by what is no file.
        os.write(2, text.encode() + b"\n")


def _display(error: BaseException) -> None:
    native.call_alone(sys.__excepthook__, (type(error), error, error.__traceback__))
