"""Calls and exceptions by `sys.monitoring`, with a tool id of its own.

Code that has nothing to do with what is asked is met once, as it first runs. A call of a
built-in function is looked for in code alone that has a name for it.
"""

from __future__ import annotations

import sys
from _thread import get_ident

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.interruptions import is_from_outside
from .engine import SOMETHING, UNKNOWN, Engine, is_passing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from .engine import Started, Watch
    from .texts import Texts

_tools: Any = getattr(sys, "monitoring", None)
_IDS = (4, 3, 5, 2, 1, 0)
_NAME = "swifttrace questions"
_MOST_OTHERS = 1_000
"""How often a call of something else is looked at in one place."""


class Monitoring(Engine):
    """The engine of Python 3.12 and later."""

    def __init__(self, texts: Texts) -> None:
        super().__init__(texts)
        self._tool = -1
        self._functions: dict[int, list[Watch]] = {}
        """Who wants to know of the calls of a Python function, by the identity of its code."""
        self._codes: list[CodeType] = []
        """Those with events of their own. They are kept: others might get their identities."""
        self._others: dict[tuple[int, int], int] = {}
        self._built_in: dict[int, list[tuple[object, Started]]] = {}
        """Calls of built-in functions that run, by thread."""

    def start(self) -> None:
        """Take a tool id, and have the events. Raises `RuntimeError`."""
        free = [each for each in _IDS if _tools.get_tool(each) is None]
        if not free:
            raise RuntimeError("swifttrace: other tools use all that sys.monitoring has")
        self._tool = free[0]
        _tools.use_tool_id(self._tool, _NAME)
        events = 0
        for event, callback in self._callbacks().items():
            _tools.register_callback(self._tool, event, callback)
            events |= event
        names = _tools.events
        _tools.set_events(self._tool, events & ~(names.PY_RETURN | _calls()))
        _tools.restart_events()

    def _callbacks(self) -> dict[int, Any]:
        names = _tools.events
        found: dict[int, Any] = {}
        if self.watches:
            found = {names.PY_START: self._started, names.PY_RETURN: self._returned}
            found |= {names.CALL: self._called, names.C_RETURN: self._c_returned}
            found |= {names.C_RAISE: self._c_raised, names.PY_UNWIND: self._unwound}
        if self.raises:
            found |= {names.RAISE: self._raised, names.RERAISE: self._raised_again}
            found |= {names.EXCEPTION_HANDLED: self._handled}
        return found

    def stop(self) -> None:
        """Give the tool id back."""
        if self._tool < 0:
            return
        for code in self._codes:
            _tools.set_local_events(self._tool, code, 0)
        _tools.set_events(self._tool, 0)
        for event in self._callbacks():
            _tools.register_callback(self._tool, event, None)
        _tools.free_tool_id(self._tool)
        self._tool = -1
        self._functions, self._codes = {}, []

    # -- Python functions --

    def _started(self, code: CodeType, _offset: int) -> object:
        try:
            watches = self._functions.get(id(code))
            if watches is None:
                watches = self._met(code)
            if not watches:
                return None if self._may_be_asked(code) else _tools.DISABLE
            self.begin_call(watches, native.frame(1))
        except Exception as error:
            if is_from_outside(error):
                raise
        return None

    def _met(self, code: CodeType) -> list[Watch]:
        """Return who wants to know of the calls of a code that runs for the first time."""
        frame = native.frame(2)
        found = [watch for watch in self.watches if watch[0].is_code(code, frame)]
        events = _tools.events.PY_RETURN if found else 0
        for target, _ in self.watches:
            if not target.is_python and target.is_mentioned(code, frame):
                events |= _calls()
        if events:
            self._codes.append(code)
            if found or not self._may_be_asked(code):
                self._functions[id(code)] = found
            _tools.set_local_events(self._tool, code, events)
        return found

    def _may_be_asked(self, code: CodeType) -> bool:
        return any(target.may_be(code) for target, _ in self.watches)

    def _returned(self, _code: CodeType, _offset: int, value: object) -> object:
        try:
            self.end_call(native.frame(1), value)
        except Exception as error:
            if is_from_outside(error):
                raise
        return None

    def _unwound(self, code: CodeType, _offset: int, error: BaseException) -> None:
        try:
            if self._functions.get(id(code)):
                self.fail_call(native.frame(1), self.texts.exception(error))
        except Exception as other:
            if is_from_outside(other):
                raise

    # -- built-in functions --

    def _called(self, code: CodeType, offset: int, called: Any, argument: object) -> object:
        try:
            watches = [watch for watch in self.watches if watch[0].is_callable(called)]
            if watches:
                known = {} if argument is _tools.MISSING else {"": argument}
                caller = native.frame(1)
                told = [(each, each.called(caller, name.text, known)) for name, each in watches]
                self._built_in.setdefault(get_ident(), []).append((called, told))
                return None
            place = id(code), offset
            self._others[place] = count = self._others.get(place, 0) + 1
            return _tools.DISABLE if count > _MOST_OTHERS else None
        except Exception as error:
            if is_from_outside(error):
                raise
        return None

    def _c_returned(self, _code: CodeType, _offset: int, called: Any, _argument: object) -> None:
        try:
            for listener, call in self._ended(called):
                listener.returned(call, UNKNOWN)
        except Exception as error:
            if is_from_outside(error):
                raise

    def _c_raised(self, _code: CodeType, _offset: int, called: Any, _argument: object) -> None:
        try:
            for listener, call in self._ended(called):
                listener.failed(call, SOMETHING)
        except Exception as error:
            if is_from_outside(error):
                raise

    def _ended(self, called: object) -> Started:
        calls = self._built_in.get(get_ident())
        if not calls or calls[-1][0] is not called:
            return []
        return calls.pop()[1]

    # -- exceptions --

    def _raised(self, _code: CodeType, _offset: int, error: BaseException) -> None:
        try:
            frame, passes = native.frame(1), is_passing(error)
            for listener in self.raises:
                listener.raised(frame, error, passes)
        except Exception as other:
            if is_from_outside(other):
                raise

    def _raised_again(self, _code: CodeType, _offset: int, error: BaseException) -> None:
        try:
            frame = native.frame(1)
            for listener in self.raises:
                listener.raised(frame, error, True)
        except Exception as other:
            if is_from_outside(other):
                raise

    def _handled(self, code: CodeType, offset: int, error: BaseException) -> None:
        try:
            frame, line = native.frame(1), _line_at(code, offset)
            for listener in self.raises:
                listener.handled(frame, line, error)
        except Exception as other:
            if is_from_outside(other):
                raise


def _calls() -> int:
    names = _tools.events
    return int(names.CALL | names.C_RETURN | names.C_RAISE)


def _line_at(code: CodeType, offset: int) -> int:
    """Return the line of a handler: its first instructions may have none."""
    for _start, end, line in code.co_lines():
        if end > offset and line:
            return line
    return code.co_firstlineno
