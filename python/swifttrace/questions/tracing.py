"""Calls and exceptions on Python 3.11, by its trace function and its profile function.

They are called for every call of the program, which takes its time.
"""

from __future__ import annotations

import sys
from _thread import get_ident
from collections import defaultdict, deque
from opcode import opmap

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.interruptions import is_from_outside
from .engine import SOMETHING, UNKNOWN, Engine
from .places import Recent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

    from .engine import Watch
    from .places import Place, Project
    from .texts import Texts

_LEAVES = {opmap[name] for name in ("RETURN_VALUE", "YIELD_VALUE", "RETURN_GENERATOR")}
_FINAL = opmap["RETURN_VALUE"]
_PAUSES = _LEAVES - {_FINAL}
_MOST_KEPT = 16
_RESUME = opmap["RESUME"]


class Tracing(Engine):
    """The engine of Python 3.11."""

    has_lines = True

    def __init__(self, texts: Texts) -> None:
        super().__init__(texts)
        self._functions: dict[int, tuple[CodeType, list[Watch]]] = {}
        self._built_in: dict[int, list[tuple[object, Any, Any]]] = {}
        self._failing: dict[int, BaseException] = {}
        """What goes through a frame, until that goes on."""
        self._last: dict[int, int] = {}
        """The identity of the last exception in a frame."""
        self._told: dict[int, str] = {}
        """The last exception in a frame whose call is asked about."""
        self._has_profile = False
        self._lines: Lines | None = None

    def keep_lines(self, project: Project) -> Recent:
        """Keep the last lines of each thread: the interpreter has one trace function."""
        self._lines = Lines(project)
        return self._lines

    def start(self) -> None:
        """Set the functions, for threads that begin later as well."""
        import threading

        self._has_profile = any(not target.is_python for target, _ in self.watches)
        if self._has_profile:
            threading.setprofile(self._profile)
            sys.setprofile(self._profile)
        threading.settrace(self._called)
        sys.settrace(self._called)

    def stop(self) -> None:
        """Take them away, unless the program has others there by now."""
        import threading

        if sys.gettrace() == self._called:
            sys.settrace(None)
            threading.settrace(None)
        if self._has_profile and sys.getprofile() == self._profile:
            sys.setprofile(None)
            threading.setprofile(None)

    def _called(self, frame: FrameType, event: str, _argument: object) -> Any:
        try:
            code = native.code(frame)
            _, watches = self._functions.get(id(code)) or self._met(code, frame)
            if not watches and not self.raises:
                return None
            frame.f_trace_lines = self._takes_lines(code)
            if watches and not _is_resumed(code, frame):
                self.begin_call(watches, frame)
        except Exception as error:
            if is_from_outside(error):
                raise
        return self._inside

    def _met(self, code: CodeType, frame: FrameType) -> tuple[CodeType, list[Watch]]:
        watches = [watch for watch in self.watches if watch[0].is_code(code, frame)]
        if not watches and any(target.may_be(code) for target, _ in self.watches):
            return code, watches
        # Codes are kept: others might get their identities.
        self._functions[id(code)] = found = code, watches
        return found

    def _inside(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line" and self._lines is not None and id(frame) not in self._failing:
            self._lines.take(frame)
            return self._inside
        try:
            if event == "exception":
                self._raised(frame, argument[1], argument[2].tb_next is not None)
            elif event == "line":
                self._line(frame)
            elif event == "return":
                self._returned(frame, argument)
        except Exception as error:
            if is_from_outside(error):
                raise
        return self._inside

    def _raised(self, frame: FrameType, error: BaseException, is_passing: bool) -> None:
        if id(frame) in self.active:
            self._told[id(frame)] = self.texts.exception(error)
        if self.raises:
            self._failing[id(frame)] = error
            self._last[id(frame)] = native.identity(error)
        for listener in self.raises:
            listener.raised(frame, error, is_passing)
            frame.f_trace_lines = True

    def _takes_lines(self, code: CodeType) -> bool:
        return self._lines is not None and self._lines.project.has(code.co_filename)

    def _line(self, frame: FrameType) -> None:
        if self._lines is not None and self._takes_lines(native.code(frame)):
            self._lines.take(frame)
        else:
            frame.f_trace_lines = False
        self._handled(frame)

    def _handled(self, frame: FrameType) -> None:
        """Tell that a frame goes on, at a handler's line, after an exception."""
        error = self._failing.pop(id(frame), None)
        if error is None:
            return
        for listener in self.raises:
            listener.handled(frame, frame.f_lineno, error)

    def _returned(self, frame: FrameType, value: object) -> None:
        operation = native.code(frame).co_code[frame.f_lasti]
        self._failing.pop(id(frame), None)
        if operation == _FINAL:
            self.end_call(frame, value)
        elif operation not in _LEAVES:
            self.fail_call(frame, self._told.get(id(frame), SOMETHING))
        if operation in _PAUSES:
            return
        self._told.pop(id(frame), None)
        key = self._last.pop(id(frame), None)
        if operation == _FINAL or key is None:
            return
        for listener in self.raises:
            listener.left(key)

    def _profile(self, frame: FrameType, event: str, argument: Any) -> None:
        try:
            if event == "c_call":
                self._c_called(frame, argument)
            elif event in ("c_return", "c_exception"):
                self._c_ended(argument, event == "c_return")
        except Exception as error:
            if is_from_outside(error):
                raise

    def _c_called(self, frame: FrameType, called: Any) -> None:
        for target, listener in self.watches:
            if target.is_callable(called):
                owner = called.__self__
                known = {} if owner is None or isinstance(owner, type(sys)) else {"": owner}
                call = listener.called(frame, target.text, known)
                self._built_in.setdefault(get_ident(), []).append((called, listener, call))
                return

    def _c_ended(self, called: object, has_result: bool) -> None:
        calls = self._built_in.get(get_ident())
        if calls and calls[-1][0] == called:
            _, listener, call = calls.pop()
            if has_result:
                listener.returned(call, UNKNOWN)
            else:
                listener.failed(call, SOMETHING)


class Lines(Recent):
    """The last lines of each thread."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._threads: defaultdict[int, deque[tuple[CodeType, int]]] = defaultdict(_new)

    def take(self, frame: FrameType) -> None:
        """Keep the line that a frame is at."""
        self._threads[get_ident()].append((native.code(frame), frame.f_lineno))

    def lines(self, count: int) -> list[Place]:
        """Return the last ones of the thread."""
        kept = self._threads[get_ident()]
        places = [(code.co_filename, line, "") for code, line in kept]
        return [place for place in places if self.project.has(place[0])][-count:]


def _new() -> deque[tuple[CodeType, int]]:
    return deque(maxlen=_MOST_KEPT)


def _is_resumed(code: CodeType, frame: FrameType) -> bool:
    """Whether a generator goes on, rather than that something is called."""
    place = frame.f_lasti
    return code.co_code[place] == _RESUME and bool(code.co_code[place + 1] & 3)
