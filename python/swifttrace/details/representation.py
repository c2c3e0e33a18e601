"""What objects say of themselves, for `values="repr"`: cut, contained, and not for ever.

It runs the program's own code. That code cannot be stopped while it is in a built-in
function: `time.sleep(60)` takes its minute.
"""

from __future__ import annotations

import sys
from _weakref import ref
from reprlib import Repr

from ..described.describer import says_all
from ..described.naming import named, short_name
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.frames import frame_of
from ..runtime.interruptions import is_from_outside
from ..swifttrace import code, insist, learn_alarm, limited, value_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

MOST_SECONDS = 0.2
_MODULE = type(sys)
_slow: list[ref[type]] = []
"""Not kept: what the program gives a class ends with the class."""


class _TooSlow(BaseException):
    """Raised in the code of a `__repr__`, by a timer."""

    # Made when it is caught. A native function is no method: it is given nothing.
    __init__ = insist


def _learn() -> None:
    """Have the timer know how the interpreter is told to raise it."""
    try:
        learn_alarm(_TooSlow)
        for _turn in range(10):
            pass
    except _TooSlow:
        pass


class _Repr(Repr):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.maxother = self.maxstring = width
        self.maxlevel = 3

    def repr_instance(self, x: object, level: int) -> str:
        text = repr(x)
        return text if len(text) <= self.maxother else text[: self.maxother] + "…"


_CALLERS = (_Repr.repr_instance.__code__.co_filename, Repr.repr.__code__.co_filename)
"""The files of the functions that call `__repr__`."""


class Representation:
    """Shows so many characters of a `repr`."""

    def __init__(self, width: int) -> None:
        self._repr = _Repr(width)

    def text(self, value: object) -> str | None:
        """Return `repr(value)`, or in a few words why there is none.

        None: C code makes it, and would say no more than `describe` does.
        """
        kind = type(value)
        if says_all(kind):
            return None
        if issubclass(kind, _MODULE):  # The interpreter's own reads attributes, which may load it.
            return value_text(value, False)
        for slow in _slow:
            if kind is slow():
                return _instead(value, "its repr is slow")
        try:
            return limited(self._repr.repr, value, _TooSlow)  # type: ignore[no-any-return]
        except _TooSlow:
            _slow.append(ref(kind))
            return _instead(value, f"its repr took over {MOST_SECONDS} s")
        except BaseException as error:
            if is_from_outside(error):
                error.__traceback__ = _of_program(error.__traceback__)
                raise
            return _instead(value, f"its repr raised {type(error).__name__}")


def _of_program(traceback: TracebackType | None) -> TracebackType | None:
    """Return what is left of it behind the frames that called the program's code."""
    left = traceback
    while traceback is not None:
        following = traceback.tb_next
        if code(frame_of(traceback)).co_filename in _CALLERS:
            left = following
        traceback = following
    return left


def _instead(value: object, reason: str) -> str:
    return f"{named(value, short_name(type(value)))[:-1]}: {reason}>"


_learn()
