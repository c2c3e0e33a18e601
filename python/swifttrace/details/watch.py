"""Finds the line that changes what an expression says."""

from __future__ import annotations

import builtins
from _collections import OrderedDict  # type: ignore[import-not-found] # no `collections` for it

from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.imports import LazyImport
from ..runtime.interruptions import arguments, is_from_outside
from ..swifttrace import (
    EVENT_CALL,
    EVENT_LEAVE,
    EVENT_RETURN,
    EVENT_YIELD,
    evaluate,
    value_text,
    variables,
)
from ..swifttrace import code as code_of_frame
from .bindings import Names, bound
from .watch_state import NO_VALUE, Said, State, keep, named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from ..config.checks import Expression
    from .bindings import Bound
    from .watch_state import Key

_ROOM = 50
_TURNS = 100
_OPTIMIZED = 0x1


class Watched:
    """One expression, and what it has said."""

    def __init__(self, expression: Expression, has_secrets: bool) -> None:
        self.text = " ".join(expression.text.split())
        self.code = expression.code
        self.names = Names(expression.tree)
        self.has_secrets = has_secrets
        self.changes = 0
        self.states: dict[Key, State] = OrderedDict()
        """By what the names are about: the same object has one, whoever has a name for it."""
        self.frames: dict[int, list[Key]] = {}
        """Those that end with a frame."""
        self.objects = 0
        self.calls: dict[str, int] = {}

    def change(self, event: int, frame: FrameType) -> str | None:
        """Return what has changed since this was last asked."""
        if event == EVENT_CALL:
            self._forget(frame)
            self._forget_others_names(frame)
        found, unbound = variables(frame, self.names.all)
        here = bound(self.names, frame, found, unbound)
        change = None
        if here is not None and not (here.is_missing and here.key not in self.states):
            found.update(here.loaded)
            change = self._changed(here, frame, found, unbound)
        if event in (EVENT_RETURN, EVENT_LEAVE):
            self._forget(frame)
        return change

    def _forget(self, frame: FrameType) -> None:
        for key in self.frames.pop(id(frame), ()):
            self.states.pop(key, None)

    def _forget_others_names(self, frame: FrameType) -> None:
        """A module begins without names, in memory that may have been another's."""
        names = frame.f_globals
        if code_of_frame(frame).co_name == "<module>" and self.names.plain.isdisjoint(names):
            place = ("module", id(names))
            for key in [key for key in list(self.states) if place in key]:
                self.states.pop(key, None)

    def _changed(
        self, here: Bound, frame: FrameType, found: dict[str, Any], unbound: list[str]
    ) -> str | None:
        state = self._state(here, frame)
        for _turn in range(_TURNS):
            changes = self.changes
            value, error = self._evaluated(frame, found, unbound)
            if state.said is not None and state.said.was(value):
                return None
            new = Said(value, error or value_text(value, self.has_secrets, self.text))
            if changes == self.changes:  # No other thread has looked meanwhile, with later news.
                break
        # Nothing is called from there to here: no other thread comes in between.
        old, state.said = state.said, new
        self.changes += 1
        keep(self.states, here.key, state)
        if here.is_missing:
            self.states.pop(here.key, None)
        if old is None or not old.differs(new):
            return None
        whose = self._whose(state, here, frame)
        return f"{self.text} = {old.text} → {new.text}{whose}"

    def _state(self, here: Bound, frame: FrameType) -> State:
        known = self.states.get(here.key)
        if known is not None and known.is_of(here.owners):
            return known
        state = State(here.owners)
        if here.frames:
            name = code_of_frame(frame).co_qualname
            state.number = self.calls[name] = self.calls.get(name, 0) + 1
            for each in here.frames:
                self.frames.setdefault(each, []).append(here.key)
        elif named(here.owners):
            state.number = self.objects = self.objects + 1
        if known is not None:
            self.states[here.key] = state
        return self.states.setdefault(here.key, state)  # Another thread's, perhaps.

    def _whose(self, state: State, here: Bound, frame: FrameType) -> str:
        """From the second object or call on: which one it is."""
        if state.number < 2:
            return ""
        if here.frames:
            return f" (call {state.number} of {code_of_frame(frame).co_qualname})"
        return f" ({named(here.owners)})"

    def _evaluated(
        self, frame: FrameType, found: dict[str, Any], unbound: list[str]
    ) -> tuple[object, str]:
        """What it is, and what it raises, if anything."""
        names = frame.f_globals
        lazy = self._lazy_import(names, found)
        if lazy is not None:  # To look at it would be to import it.
            return NO_VALUE, value_text(lazy, self.has_secrets)
        if "__builtins__" not in names:
            names = {**names, "__builtins__": builtins}  # `eval` would add it to the program's.
        if code_of_frame(frame).co_flags & _OPTIMIZED:
            found = _Names(found, unbound)
        return self._value(names, found)

    def _lazy_import(self, names: dict[str, Any], found: dict[str, Any]) -> object | None:
        """Return what a lazy import (PEP 810) has bound to one of the names, if any."""
        if LazyImport is None:
            return None
        values = [found.get(name, names.get(name)) for name in self.names.all]
        return next((value for value in values if type(value) is LazyImport), None)

    def _value(self, names: dict[str, Any], found: dict[str, Any]) -> tuple[object, str]:
        # A short function: without memory the interpreter enters a handler for ever that lies
        # beyond the 256th instruction, whose number is an object to be made.
        try:
            value = evaluate(self.code, names, found)  # the user's own words
        except BaseException as error:
            if is_from_outside(error) or self._comes_once(error, names, found):
                raise
            if isinstance(error, RecursionError):
                _need_room()
            return NO_VALUE, f"raises {type(error).__name__}"
        return value, ""

    def _comes_once(
        self, error: BaseException, names: dict[str, Any], found: dict[str, Any]
    ) -> bool:
        """Whether another thread has raised it, as a function of the expression's returned."""
        if arguments(error):
            return False
        try:
            evaluate(self.code, names, found)
        except BaseException as again:
            return type(again) is not type(error)
        return True


class _Names(dict[str, object]):
    """A function's variables. One that is not bound is not a global of that name."""

    def __init__(self, found: dict[str, Any], unbound: list[str]) -> None:
        super().__init__(found)
        self.unbound = unbound

    def __missing__(self, name: str) -> Any:
        raise NameError(name) if name in self.unbound else KeyError(name)


def _need_room(frames: int = _ROOM) -> None:
    """Raise `RecursionError` where it is the program that has left none, not the expression."""
    if frames:
        _need_room(frames - 1)


class Watch:
    """Some expressions; `hook` is called at each event of code in scope."""

    def __init__(self, expressions: tuple[Expression, ...], has_secrets: bool) -> None:
        self.expressions = [Watched(each, has_secrets) for each in expressions]

    def hook(self, event: int, frame: FrameType, number: int, argument: object) -> str | None:
        changes = [change for each in self.expressions if (change := each.change(event, frame))]
        return ", ".join(changes) if changes else None


def stop(event: int, frame: FrameType, number: int, argument: object) -> None:
    """Open pdb where the frame is. `Pdb.set_trace` waits for what comes after that."""
    import pdb

    debugger = pdb.Pdb()
    debugger.set_trace(frame)
    debugger.set_step()
    is_return = event in (EVENT_RETURN, EVENT_YIELD)
    debugger.trace_dispatch(frame, "return" if is_return else "line", argument)
