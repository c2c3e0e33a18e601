"""Finds by an object's class how it is described, and keeps that for the next one."""

from __future__ import annotations

from _weakref import ref

from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.imports import LazyImport
from . import arrays, containers, exact, fields, library, running
from .naming import short_name
from .reading import find, full_name, has_plain_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .reading import Answer, Form

    Make = Callable[[type, str], Form | None]
    Known = tuple[ref[type], Form, bool]

_MOST_KNOWN = 4096
_OBJECT_REPR = object.__dict__["__repr__"]
_BUILT_IN: dict[str, Make] = {
    "module": running.module,
    "function": running.function,
    "builtin_function_or_method": running.built_in,
    "method": running.method,
    "generator": running.generator,
    "coroutine": running.generator,
    "async_generator": running.generator,
    **dict.fromkeys(
        ("method_descriptor", "wrapper_descriptor", "classmethod_descriptor"), exact.by_repr
    ),
    **dict.fromkeys(("getset_descriptor", "member_descriptor"), exact.by_repr),
}
_IN_C: dict[tuple[str, str], Make] = {
    **{("builtins", name): make for name, make in _BUILT_IN.items()},
    ("decimal", "Decimal"): exact.decimal,
    ("datetime", "date"): exact.by_repr,
    ("datetime", "timedelta"): exact.by_repr,
    ("datetime", "datetime"): exact.moment,
    ("datetime", "time"): exact.moment,
    ("datetime", "timezone"): exact.zone,
    ("zoneinfo", "ZoneInfo"): exact.zone_by_key,
    ("re", "Pattern"): exact.pattern,
    ("re", "Match"): exact.match,
    ("collections", "deque"): containers.deque,
    ("collections", "defaultdict"): containers.default_dictionary,
    ("collections", "OrderedDict"): containers.ordered,
    ("types", "SimpleNamespace"): containers.namespace,
    ("_asyncio", "Future"): running.future,
    ("numpy", "ndarray"): arrays.array,
    ("numpy", "str_"): arrays.string,
    **{("numpy", name): exact.by_repr for name in arrays.NUMBERS},
}
"""By the names of classes; each makes sure that C code has defined the class."""
_IN_PYTHON: dict[tuple[str, str], Make] = {
    ("fractions", "Fraction"): library.fraction,
    ("uuid", "UUID"): library.identifier,
    ("collections", "Counter"): containers.counter,
    ("collections", "ChainMap"): containers.chain,
}
"""A class of the program's that calls itself so is read as one, and nothing of it is called."""
_IN_TURN: tuple[Make, ...] = (
    library.member,
    library.path,
    containers.named_tuple,
    fields.data,
    running.task,
    fields.slotted,
    fields.plain,
)
_known: dict[int, Known] = {}


def describe(value: Any, is_deep: bool) -> Answer:
    """Return what an object looks like: see `swifttrace.set_describer`."""
    kind = type(value)
    known = _known.get(id(kind))
    if known is None or known[0]() is not kind:
        known = _learn(kind)
    return known[1](value, kind, is_deep)


def says_all(kind: type) -> bool:
    """Whether the class's own `repr` is C code that says no more than `describe` does."""
    known = _known.get(id(kind))
    if known is None or known[0]() is not kind:
        known = _learn(kind)
    return known[2]


def _learn(kind: type) -> Known:
    form, is_in_c = _form(kind)
    says_it = is_in_c or (has_plain_names(kind) and find(kind, "__repr__") is _OBJECT_REPR)
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    known = _known[id(kind)] = ref(kind), form, says_it
    return known


def _form(kind: type) -> tuple[Form, bool]:
    name, short = full_name(kind), short_name(kind)
    if LazyImport is not None and kind is LazyImport:
        return _lazy, True
    if not has_plain_names(kind):
        return fields.plain(kind, short), False
    make = _IN_C.get(name)
    if make is not None and (form := make(kind, short)):
        return form, True
    turns = (_IN_PYTHON[name], *_IN_TURN) if name in _IN_PYTHON else _IN_TURN
    return next(form for make in turns if (form := make(kind, short))), False


def _lazy(value: Any, kind: type, is_deep: bool) -> Answer:
    """A name that a lazy import has bound. Its `repr` imports nothing."""
    parts = repr(value).split("'")
    return f"<lazy {parts[1]}>" if len(parts) == 3 else "<lazy ?>"
