"""Modules, functions, generators, coroutines and tasks: by their names, and how far they are."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.frames import code_of
from ..swifttrace import referent
from .naming import named, numbers
from .reading import base, identities, own, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .reading import Answer, Form

_Function = type(code_of)
_Code = type(code_of(code_of))
_qualified = _Function.__dict__["__qualname__"].__get__
_MOST_CHARACTERS = 60
_PREFIXES = ("gi", "cr", "ag")


async def _empty() -> None:
    pass


def _ended_coroutine() -> Any:
    coroutine = _empty()
    coroutine.close()
    return coroutine


_KEEPS_FRAME = referent(_ended_coroutine(), _Function) is not None
"""Whether one that was closed before it began looks as one that may begin: on 3.12 and 3.13."""
_RUN = identities(type(_ended_coroutine()), type(each for each in ""))
"""What tasks run, but for the program's own kinds of it."""


def function(kind: type, short: str) -> Form | None:
    """A function; from the second of a name on, which one."""

    def form(value: Any, _kind: type, _is_deep: bool) -> Answer:
        name = f"function {text(_qualified(value))}"
        number = numbers.number(value, name)
        return f"<{name}>" if number == 1 else f"<{name} #{number}>"

    return form


def module(kind: type, short: str) -> Form | None:
    """A module, by the name that it has now."""
    names = own(kind, "__dict__")
    return names and (
        lambda value, _kind, _is_deep: f"<module {text(dict.get(names(value), '__name__'))}>"
    )


def built_in(kind: type, short: str) -> Form | None:
    """A function in C."""
    name = own(kind, "__name__")
    return name and (lambda value, _kind, _is_deep: f"<built-in {text(name(value))}>")


def method(kind: type, short: str) -> Form | None:
    """A method that is bound to an object."""
    called = own(kind, "__func__")

    def form(value: Any, _kind: type, _is_deep: bool) -> Answer:
        found = called(value)
        if type(found) is not _Function:
            return named(value, short)
        return f"<method {text(_qualified(found))}>"

    return called and form


def generator(kind: type, short: str) -> Form | None:
    """A generator or a coroutine: where its code is, and its state."""
    state, name = _state(kind), own(kind, "__qualname__")

    def form(value: Any, _kind: type, _is_deep: bool) -> Answer:
        full = f"{short} {text(name(value))}"
        return f"<{full} #{numbers.number(value, full)}{_made_at(value)}, {state(value)}>"

    return name and form


def _state(kind: type) -> Any:
    """Return what says how far one is: its frame is not asked for, of which an audit hook hears."""
    runs, waits = (
        next((found for each in _PREFIXES if (found := own(kind, f"{each}_{name}"))), None)
        for name in ("running", "suspended")
    )

    def state(value: Any) -> str:
        if runs is not None and runs(value):
            return "running"
        if waits is not None and waits(value):
            return "suspended"
        if referent(value, _Function) is None:
            return "closed"
        if waits is None:
            return "open"
        return "created or closed" if _KEEPS_FRAME else "created"

    return state


def _made_at(value: Any) -> str:
    """Return the file and the line of its code, if that is still there."""
    code = referent(value, _Code)
    return f" at {text(code.co_filename).rpartition('/')[2]}:{code.co_firstlineno}" if code else ""


def task(kind: type, short: str) -> Form | None:
    """A task of asyncio: its name, its state, and what it runs."""
    found = base(kind, "_asyncio", "Task")
    if found is None:
        return None
    name, runs = own(found, "get_name"), own(found, "get_coro")
    state = _ended(found)

    def form(value: Any, _kind: type, _is_deep: bool) -> Answer:
        label = name(value)
        shown = repr(label[:_MOST_CHARACTERS]) if type(label) is str else named(value, short)
        return f"<{short} {shown} {state(value)}{_run_by(runs(value))}>"

    return name and runs and state and form


def _run_by(coroutine: Any) -> str:
    kind = type(coroutine)
    if id(kind) not in _RUN:
        return ""
    return f", {text(own(kind, '__qualname__')(coroutine))}{_made_at(coroutine)}"


def future(kind: type, short: str) -> Form | None:
    """A future of asyncio, and whether it is done."""
    state = _ended(kind)

    def form(value: Any, _kind: type, _is_deep: bool) -> Answer:
        return f"{named(value, short)[:-1]} {state(value)}>"

    return state and form


def _ended(kind: type) -> Any:
    done, cancelled = own(kind, "done"), own(kind, "cancelled")

    def state(value: Any) -> str:
        if not done(value):
            return "pending"
        return "cancelled" if cancelled(value) else "done"

    return done and cancelled and state
