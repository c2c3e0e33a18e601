"""What a watched expression has said, and of which object."""

from __future__ import annotations

import sys
from _weakref import ref

from ..described.naming import named as object_name
from ..described.naming import short_name
from ..described.reading import identities
from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Place = tuple[str, int]
    """A frame, a module or an object, by its identity."""
    Key = tuple[Place, ...]

NO_VALUE = object()
"""Of an expression that raises."""
_IMMUTABLE = identities(int, float, str, bytes, bool, type(None))
_SINGLE = (type, type(sys), type(lambda: None), BaseException)
_CONTAINERS = identities(list, tuple, dict, set, frozenset)
_SIZED = _CONTAINERS | identities(str, bytes)
_MOST_STATES = _MOST_ITEMS = 10_000


class Said:
    """What an expression said."""

    __slots__ = ("_items", "_value", "text")

    def __init__(self, value: Any, text: str) -> None:
        is_cut = "…" in text and id(type(value)) in _SIZED
        self.text = f"{text} of {len(value)}" if is_cut else text
        self._value = value if id(type(value)) in _IMMUTABLE else NO_VALUE
        self._items = _items(value) if is_cut else None

    def was(self, value: object) -> bool:
        """Whether it is the very object, and cannot have changed in itself."""
        return self._value is value and value is not NO_VALUE

    def differs(self, other: Said) -> bool:
        """Also in what the text has no room for."""
        if self.text != other.text or type(self._value) is not type(other._value):
            return True
        is_exact = type(self._value) is float  # Its text is; and `nan` equals nothing.
        return (not is_exact and self._value != other._value) or self._items != other._items


class State:
    """What an expression said last of some objects, or of a frame's or a module's names."""

    __slots__ = ("_identities", "_references", "number", "said")

    def __init__(self, owners: list[object]) -> None:
        self.said: Said | None = None
        self.number = 0
        """Of the objects or calls that it has been about; 0: they are not counted."""
        self._identities = list(map(id, owners))
        self._references = list(map(_reference, owners))

    def is_of(self, owners: list[object]) -> bool:
        """Not of one that is gone, whose memory another has got."""
        if self._identities != list(map(id, owners)):
            return False
        for reference, owner in zip(self._references, owners, strict=True):
            if reference is not None and reference() is not owner:
                return False
        return True


def named(owners: list[object]) -> str:
    """Return which object it is, if there may be several of its kind; else nothing."""
    for owner in owners:
        kind = type(owner)
        if id(kind) not in _IMMUTABLE and not issubclass(kind, _SINGLE):
            return object_name(owner, short_name(kind))
    return ""


def keep(states: Any, key: Key, state: State) -> None:
    """In an `OrderedDict`: the one that was asked for longest ago makes room.

    Other threads find it all the while.
    """
    states[key] = state
    try:  # noqa: SIM105 (contextlib would be imported for it)
        states.move_to_end(key)
    except KeyError:
        pass  # Another thread has taken it away.
    if len(states) > _MOST_STATES:
        states.popitem(last=False)


def _reference(owner: object) -> ref[object] | None:
    """None where there can be no weak one, as of a list."""
    try:
        return ref(owner)
    except TypeError:
        return None


def _items(value: Any) -> list[int] | None:
    """Which objects it holds: the text does not have them all."""
    if id(type(value)) not in _CONTAINERS or len(value) > _MOST_ITEMS:
        return None
    return list(map(id, [*value, *value.values()] if type(value) is dict else value))
