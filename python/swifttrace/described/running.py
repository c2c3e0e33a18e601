"""Modules, functions, generators, coroutines and tasks: by their names, and how far they are."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__
from .naming import named, numbers
from .reading import base, identities, own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .reading import Answer, Form

_Function = type(lambda: None)
_Code = type(_Function.__code__.__get__(lambda: None))  # type: ignore[attr-defined]
_qualified = _Function.__dict__["__qualname__"].__get__
_MOST_CHARACTERS = 60
_CODES = ("gi", "cr", "ag")


async def _empty() -> None:
    pass


def _runners() -> frozenset[int]:
    coroutine = _empty()
    coroutine.close()
    return identities(type(coroutine), type(each for each in ""))


_RUN = _runners()
"""What tasks run, but for the program's own kinds of it."""


def function(kind: type, short: str) -> Form | None:
    """A function; from the second of a name on, which one."""

    def form(value: Any, _kind: type, _is_deep: bool) -> Answer:
        name = f"function {_text(_qualified(value))}"
        number = numbers.number(value, name)
        return f"<{name}>" if number == 1 else f"<{name} #{number}>"

    return form


def module(kind: type, short: str) -> Form | None:
    """A module, by the name that it has now."""
    names = own(kind, "__dict__")
    return names and (
        lambda value, _kind, _is_deep: f"<module {_text(dict.get(names(value), '__name__'))}>"
    )


def built_in(kind: type, short: str) -> Form | None:
    """A function in C."""
    name = own(kind, "__name__")
    return name and (lambda value, _kind, _is_deep: f"<built-in {_text(name(value))}>")


def method(kind: type, short: str) -> Form | None:
    """A method that is bound to an object."""
    called = own(kind, "__func__")

    def form(value: Any, _kind: type, _is_deep: bool) -> Answer:
        found = called(value)
        if type(found) is not _Function:
            return named(value, short)
        return f"<method {_text(_qualified(found))}>"

    return called and form


def generator(kind: type, short: str) -> Form | None:
    """A generator or a coroutine: where its code is, and its state."""
    state, code, name = _state(kind), _code(kind), own(kind, "__qualname__")

    def form(value: Any, _kind: type, _is_deep: bool) -> Answer:
        full = f"{short} {_text(name(value))}"
        place = made_at(code(value))
        return f"<{full} #{numbers.number(value, full)} at {place}, {state(value)}>"

    return name and code and form


def _code(kind: type) -> Any:
    return next((own(kind, f"{each}_code") for each in _CODES if own(kind, f"{each}_code")), None)


def _state(kind: type) -> Any:
    prefix = next((each for each in _CODES if own(kind, f"{each}_code")), "gi")
    runs, waits, frame = (
        own(kind, f"{prefix}_{name}") for name in ("running", "suspended", "frame")
    )

    def state(value: Any) -> str:
        if runs(value):
            return "running"
        if waits is not None and waits(value):
            return "suspended"
        if frame(value) is None:
            return "closed"
        return "created" if waits is not None else "open"

    return state


def made_at(code: Any) -> str:
    """Return the file and the line of a code object."""
    if type(code) is not _Code:
        return "?"
    return f"{_text(code.co_filename).rpartition('/')[2]}:{code.co_firstlineno}"


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
    name = _text(own(kind, "__qualname__")(coroutine))
    return f", {name} at {made_at(_code(kind)(coroutine))}"


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


def _text(found: Any) -> str:
    return found if type(found) is str else "?"
