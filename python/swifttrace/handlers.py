"""Which exceptions are a signal's handler's: the program's own, wherever they are raised."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found] # signal itself imports enum
from opcode import opmap

from .unpatched import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

_SIGNALS = range(1, 65)
_RAISE = opmap["RAISE_VARARGS"]
_Function, _Method = type(lambda: None), type(type("", (), {"f": lambda self: None})().f)


def is_of_a_handler(error: BaseException) -> bool:
    """Whether the handler of a signal has raised it while other code ran.

    Ctrl-C's own is no Python code: there is no `raise` where its exception comes from.
    """
    codes = {id(_code(_signal.getsignal(number))) for number in _SIGNALS}
    traceback, is_raised = error.__traceback__, False
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if id(code) in codes:
            return True
        is_raised = code.co_code[traceback.tb_lasti] == _RAISE
        traceback = traceback.tb_next
    return type(error) is KeyboardInterrupt and not is_raised


def _code(handler: Any) -> CodeType | None:
    """Return what a handler runs, where that is Python code; its own is not run for it."""
    if type(handler) is _Method:
        handler = handler.__func__
    if type(handler) is not _Function:
        handler = type.__dict__["__dict__"].__get__(type(handler)).get("__call__")
    return handler.__code__ if type(handler) is _Function else None
