"""Which exceptions are of a signal's handler or another thread: the program's, wherever raised."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found] # signal itself imports enum
import sys

from .. import swifttrace as native
from .builtins import __builtins__ as __builtins__
from .frames import code_of, frame_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

_SIGNALS = range(1, 65)
_NUMBERS: dict[int, tuple[int, ...]] = {
    11: (130, 151, 140),
    12: (130, 151, 140),
    13: (101, 149, 77),
    14: (104, 128, 75),
    15: (103, 128, 74),
}
_RAISE, *_CHECKS = _NUMBERS.get(sys.version_info[1], (-1, *range(256)))
"""`RAISE_VARARGS`, and by `RESUME` and `JUMP_BACKWARD` those that do nothing else that can raise
but to look for signals and for exceptions of others; in a later Python each may be one. The
module `opcode` is not imported for them: a process of another user may not be able to read it."""
arguments = BaseException.__dict__["args"].__get__
_Function, _Method = type(lambda: None), type(type("", (), {"f": lambda self: None})().f)


def is_from_outside(error: BaseException) -> bool:
    """Whether another thread or the handler of a signal has raised it while other code ran.

    Ctrl-C's own is no Python code: there is no `raise` where its exception comes from.
    """
    codes = {id(_code(_signal.getsignal(number))) for number in _SIGNALS}
    traceback, operation = error.__traceback__, None
    while traceback is not None:
        code = native.code(frame_of(traceback))
        if id(code) in codes:
            return True
        operation = code.co_code[traceback.tb_lasti]
        traceback = traceback.tb_next
    if type(error) is KeyboardInterrupt:
        return bool(operation != _RAISE)
    # By `PyThreadState_SetAsyncExc`, which has a class alone.
    is_bare = not arguments(error) and type(error) is not MemoryError
    return is_bare and (operation is None or operation in _CHECKS)


def modules() -> dict[str, Any]:
    """Return `sys.modules`; none where the program, or the interpreter's end, took it away."""
    found = getattr(sys, "modules", None)
    return found if isinstance(found, dict) else {}


def _code(handler: Any) -> CodeType | None:
    """Return what a handler runs, where that is Python code; its own is not run for it."""
    if type(handler) is _Method:
        handler = handler.__func__
    if type(handler) is not _Function:
        handler = type.__dict__["__dict__"].__get__(type(handler)).get("__call__")
    return code_of(handler)
