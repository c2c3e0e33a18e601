"""What objects say of themselves, for `values="repr"`: cut, contained, and not for ever.

It runs the program's own code. That code cannot be stopped while it is in a built-in
function: `time.sleep(60)` takes its minute.
"""

from __future__ import annotations

import _thread
import sys
from _weakref import ref
from reprlib import Repr

from .outside import is_from_outside
from .swifttrace import raise_in, value_text
from .unpatched import __builtins__ as __builtins__

MOST_SECONDS = 0.2
MOST_CHARACTERS = 120

_slow: list[ref[type]] = []
"""Not kept: what the program gives a class ends with the class."""


class _TooSlow(BaseException):
    """Raised in the code of a `__repr__`, by the watcher."""


class _Limit:
    """Ends what a `with` block runs after `MOST_SECONDS`, by raising `_TooSlow`."""

    def __enter__(self) -> None:
        self.thread = _thread.get_ident()
        self.running = _thread.allocate_lock()
        self.running.acquire()
        self.guard = _thread.allocate_lock()
        self.is_over = False
        self.ended = _thread.allocate_lock()
        self.ended.acquire()
        _thread.start_new_thread(self._watch, ())

    def __exit__(self, *_: object) -> None:
        with self.guard:
            self.is_over = True
        self.running.release()
        # A thread that is left over would be counted by `os.fork`, and get in the way of the
        # next interpreter of a host program. After a fork in the block there is none.
        self.ended.acquire(timeout=MOST_SECONDS)
        # One that was raised at the last moment arrives here. To take it back would leave
        # 3.11 in an endless loop: nothing unsets its eval_breaker then.
        for _turn in range(10):
            pass

    def _watch(self) -> None:
        while not self.running.acquire(timeout=MOST_SECONDS):
            with self.guard:
                if not self.is_over:
                    raise_in(self.thread, _TooSlow)
        self.ended.release()


class _Repr(Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxother = self.maxstring = MOST_CHARACTERS
        self.maxlevel = 3

    def repr_instance(self, x: object, level: int) -> str:
        text = repr(x)
        return text if len(text) <= self.maxother else text[: self.maxother] + "…"


_repr = _Repr()


def representation(value: object) -> str:
    """Return `repr(value)`, or in a few words why there is none."""
    kind = type(value)
    for slow in _slow:
        if kind is slow():
            return _instead(value, "its repr is slow")
    try:
        return _limited(value)
    except _TooSlow:
        _slow.append(ref(kind))
        return _instead(value, f"its repr took over {MOST_SECONDS} s")
    except BaseException as error:
        if is_from_outside(error):
            raise
        return _instead(value, f"its repr raised {type(error).__name__}")


def _limited(value: object) -> str:
    if sys.is_finalizing():  # No thread begins any more.
        return _repr.repr(value)
    with _Limit():
        return _repr.repr(value)


def _instead(value: object, reason: str) -> str:
    return value_text(value, False)[:-1] + f": {reason}>"
