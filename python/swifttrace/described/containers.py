"""Containers that are no built-in types: their items are shown as all values are."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__
from .naming import named, short_name
from .reading import KEYS, MOST_FIELDS, MOST_KEYS, find, first, instance, own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .reading import Answer, Form


def deque(kind: type, short: str) -> Form | None:
    """Its first items, and how long it may be."""
    count, limit = own(kind, "__len__"), own(kind, "maxlen")

    def form(value: Any, _kind: type, _is_deep: bool) -> Answer:
        most = limit(value)
        end = ")" if most is None else f", maxlen={most})"
        return "deque(", first(value, count(value), MOST_FIELDS), end, False

    return count and limit and form


def default_dictionary(kind: type, short: str) -> Form | None:
    """A `defaultdict`: what makes its items, and the items."""
    default = own(kind, "default_factory")

    def form(value: Any, _kind: type, _is_deep: bool) -> Answer:
        made_by = default(value)
        known = short_name(made_by) if issubclass(type(made_by), type) else _said(made_by)
        return f"defaultdict({known}, ", value, ")", None

    return default and form


def _said(made_by: Any) -> str:
    return "None" if made_by is None else named(made_by, short_name(type(made_by)))


def ordered(kind: type, short: str) -> Form | None:
    """An `OrderedDict`, in its own order if that can be had without its keys' code."""
    if not own(kind, "__iter__"):
        return None

    def form(value: Any, _kind: type, _is_deep: bool) -> Answer:
        pairs = first(dict.items(value), dict.__len__(value), MOST_KEYS + 1)
        if len(pairs) > MOST_KEYS or not all(id(type(key)) in KEYS for key, _item in pairs):
            return "OrderedDict(", value, ")", None
        known = dict(pairs)
        keys = first(value, dict.__len__(value), MOST_FIELDS)
        shown = [key for key in keys if id(type(key)) in KEYS and key in known]
        return "OrderedDict(", {key: known[key] for key in shown}, ")", False

    return form


def counter(kind: type, short: str) -> Form | None:
    """What is counted, as it was met."""
    if not issubclass(kind, dict):
        return None
    return lambda value, _kind, _is_deep: ("Counter(", value, ")", None)


def chain(kind: type, short: str) -> Form | None:
    """The dictionaries of a `ChainMap`."""

    def form(value: Any, kind: type, _is_deep: bool) -> Answer:
        maps = instance(value, kind).get("maps")
        return ("ChainMap", tuple(maps), "", False) if type(maps) is list else named(value, short)

    return form


def namespace(kind: type, short: str) -> Form | None:
    """A `SimpleNamespace`."""
    if not own(kind, "__dict__"):
        return None

    def form(value: Any, kind: type, is_deep: bool) -> Answer:
        if is_deep:
            return named(value, short)
        return "namespace(", instance(value, kind), ")", True

    return form


def named_tuple(kind: type, short: str) -> Form | None:
    """An object of a class that derives from `tuple`, and says what its items are named."""
    if not issubclass(kind, tuple):
        return None
    fields = find(kind, "_fields")
    if type(fields) is not tuple:
        fields = find(kind, "__match_args__")
    if type(fields) is not tuple or not all(type(name) is str for name in fields):
        return None

    def form(value: Any, _kind: type, is_deep: bool) -> Answer:
        if is_deep or tuple.__len__(value) != len(fields):
            return named(value, short)
        return f"{short}(", dict(zip(fields, tuple.__iter__(value))), ")", True

    return form
