"""Short names of objects: `<Bill #2>` is the second `Bill` that was met."""

from __future__ import annotations

from _weakref import ref
from itertools import count

from ..runtime.builtins import __builtins__ as __builtins__
from .reading import full_name, is_heap_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Known = tuple[str, ref[Any] | None, int]

MOST_KNOWN = 16_384
"""In each of two tables. When the newer one is full, it takes the place of the older one."""
NUMBER = r"(?<=[\w>]) #\d+(?=[ >])"
"""The number in a short name, as a regular expression."""
_weak_offset = type.__dict__["__weakrefoffset__"].__get__


class Numbers:
    """Numbers objects of a name as they are met. No object is kept alive by it."""

    def __init__(self) -> None:
        self._known: dict[int, Known] = {}
        self._before: dict[int, Known] = {}
        self._counts: dict[str, Iterator[int]] = {}

    def number(self, value: Any, name: str) -> int:
        """Return the number of an object, a new one if it was not met before."""
        return self.known(value, name)[2]

    def known(self, value: Any, name: str) -> Known:
        """Return the object's name, a weak reference to it, and its number.

        An object that can have no weak reference is known by its address alone.
        """
        place = id(value)
        found = self._known.get(place)
        if found is not None and found[0] == name and (found[1] is None or found[1]() is value):
            return found
        found = self._before.get(place)
        if found is None or found[0] != name or (found[1] is not None and found[1]() is not value):
            found = name, _reference(value), self._next(name)
        if len(self._known) >= MOST_KNOWN:
            self._known, self._before = {}, self._known
        self._known[place] = found
        return found

    def _next(self, name: str) -> int:
        counts = self._counts.get(name)
        if counts is None:  # Another thread may come first.
            counts = self._counts.setdefault(name, count(1))
        return next(counts)


def _reference(value: Any) -> ref[Any] | None:
    return ref(value) if _weak_offset(type(value)) else None


def short_name(kind: type) -> str:
    """Return the name of a class without its module, and without the function it is in."""
    return full_name(kind)[1].rpartition("<locals>.")[2]


numbers = Numbers()
"""One for all that a process shows: the same object has the same number everywhere."""


def named(value: Any, short: str) -> str:
    """Return `<Bill #2>`; `<traceback>` for what the interpreter makes and its address alone tells.

    Such objects live shortly, and another one soon has the address.
    """
    if is_numbered(type(value)):
        return f"<{short} #{numbers.number(value, short)}>"
    return f"<{short}>"


def is_numbered(kind: type) -> bool:
    """Whether the objects of a class are told from each other."""
    return bool(_weak_offset(kind)) or is_heap_type(kind)
