"""What a watched expression has said, and of which object."""

from __future__ import annotations

from _weakref import ref
from contextlib import suppress

from .unpatched import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import OrderedDict
    from typing import Any

    Key = tuple[str, int]

NO_VALUE = object()
"""Of an expression that raises."""
_IMMUTABLE = (int, float, str, bytes, bool, type(None))
_CONTAINERS = (list, tuple, dict, set, frozenset)
_MOST_STATES = _MOST_ITEMS = 10_000


class Said:
    """What an expression said."""

    __slots__ = ("_items", "_value", "text")

    def __init__(self, value: Any, text: str) -> None:
        is_cut = "…" in text and type(value) in (*_CONTAINERS, str, bytes)
        self.text = f"{text} of {len(value)}" if is_cut else text
        self._value = value if type(value) in _IMMUTABLE else NO_VALUE
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
    """What an expression said last of one object, or of no object's attribute or item."""

    __slots__ = ("_identity", "_reference", "said")

    def __init__(self, owner: object) -> None:
        self.said: Said | None = None
        self._identity = id(owner)
        self._reference = _reference(owner)

    def is_of(self, owner: object) -> bool:
        """Not of one that is gone, whose memory another has got."""
        is_gone = self._reference is not None and self._reference() is not owner
        return self._identity == id(owner) and not is_gone


def keep(states: OrderedDict[Key, State], key: Key, state: State) -> None:
    """The one that was asked for longest ago makes room. Other threads find it all the while."""
    states[key] = state
    with suppress(KeyError):
        states.move_to_end(key)
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
    if type(value) not in _CONTAINERS or len(value) > _MOST_ITEMS:
        return None
    return list(map(id, [*value, *value.values()] if type(value) is dict else value))
