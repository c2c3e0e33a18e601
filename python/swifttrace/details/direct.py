"""Attributes and items as the interpreter keeps them: no code of the program's runs for them."""

from __future__ import annotations

import sys
from _collections import OrderedDict, defaultdict, deque  # type: ignore[import-not-found]

from ..described.reading import KEYS, MOST_KEYS, dictionary, identities, mro
from ..runtime.builtins import __builtins__ as __builtins__
from ..swifttrace import code as code_of_frame
from ..swifttrace import variables
from .paths import Key, Path
from .watch_state import NO_VALUE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType
    from typing import Any

_Module = type(sys)
_Slot = type(Key.__dict__["value"])
_GetSet = type(type.__dict__["__dict__"])
_names_of = _Module.__dict__["__dict__"].__get__  # type: ignore[index]
DICTIONARIES = identities(dict, defaultdict, OrderedDict)
SEQUENCES = identities(list, deque, bytearray)
CONTAINERS = DICTIONARIES | SEQUENCES | identities(set)
"""What is looked into has exactly one of these types, by their identities."""


class Scope:
    """What the names of a frame are bound to."""

    __slots__ = ("globals", "locals")

    def __init__(self, frame: FrameType, names: Iterable[str]) -> None:
        self.locals: dict[str, Any] = {}
        if code_of_frame(frame).co_name != "<module>":
            self.locals, _unbound = variables(frame, tuple(names))
        self.globals = frame.f_globals

    def value(self, name: str) -> Any:
        """Return what a name is bound to, or `NO_VALUE`."""
        if name in self.locals:
            return self.locals[name]
        return dict.get(self.globals, name, NO_VALUE)

    def follow(self, path: Path) -> Any:
        """Return the object that a path leads to, or `NO_VALUE`."""
        found = self.value(path.name)
        for kind, what in path.steps:
            if found is NO_VALUE:
                break
            found = attribute(found, str(what)) if kind == "." else item(found, self.key(what))
        return found

    def key(self, what: Any) -> Any:
        """Return the key that a step has; `NO_VALUE` for one that is not of a built-in type."""
        found = what.value if type(what) is Key else self.follow(what)
        return found if id(type(found)) in KEYS else NO_VALUE


def attribute(owner: Any, name: str) -> Any:
    """Return what an object has of that name in its dictionary or in a slot, or `NO_VALUE`."""
    kind = type(owner)
    if issubclass(kind, _Module):
        return dict.get(_names_of(owner), name, NO_VALUE)
    if issubclass(kind, type):
        return dictionary(owner).get(name, NO_VALUE)
    names = None
    for each in mro(kind):
        own = dictionary(each)
        found = own.get(name, NO_VALUE)
        if found is not NO_VALUE and type(found) is _Slot:
            return slot(found, owner)
        if found is not NO_VALUE and "__set__" in _all_names(type(found)):
            return NO_VALUE
        if names is None and type(own.get("__dict__")) is _GetSet:
            names = own["__dict__"].__get__(owner)
    return dict.get(names, name, NO_VALUE) if type(names) is dict else NO_VALUE


def slot(descriptor: Any, owner: Any) -> Any:
    """Return what is in a slot, or `NO_VALUE`."""
    try:
        return descriptor.__get__(owner)
    except AttributeError:
        return NO_VALUE


def _all_names(kind: type) -> set[str]:
    return {name for each in mro(kind) for name in dictionary(each)}


def item(owner: Any, key: Any) -> Any:
    """Return an item of a container of a built-in type, or `NO_VALUE`."""
    kind = id(type(owner))
    if key is NO_VALUE or kind not in CONTAINERS:
        return NO_VALUE
    if kind in DICTIONARIES:
        return dict.get(owner, key, NO_VALUE) if has_plain_keys(owner) else NO_VALUE
    if kind in SEQUENCES and type(key) is int and -len(owner) <= key < len(owner):
        return owner[key]
    return NO_VALUE


def has_plain_keys(owner: Any) -> bool:
    """Whether to look for a key compares it with none of the program's own. Of a large
    dictionary only the last keys are looked at: one that is among the others is found by its hash.
    """
    for number, key in enumerate(dict.__iter__(owner)):
        if id(type(key)) not in KEYS:
            return False
        if number == MOST_KEYS:
            return True
    return True
