"""Reads classes and objects as the interpreter keeps them: no code of the program's runs."""

from __future__ import annotations

from itertools import islice

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Place = tuple[int, str]
    """A slot: the number of its class in the method resolution order, and its name there."""
    Answer = str | tuple[str, object] | tuple[str, object, str, bool | None] | None
    Form = Callable[[Any, type, bool], Answer]
    """Describes the objects of one class: `form(value, its class, is_deep)`."""

NO_VALUE = object()
dictionary = type.__dict__["__dict__"].__get__
mro = type.__dict__["__mro__"].__get__
Slot = type(type.__dict__["__basicsize__"])
GetSet = type(type.__dict__["__dict__"])
Wrapper = type(object.__dict__["__repr__"])
_Method = type(str.__dict__["join"])
_module_of = type.__dict__["__module__"].__get__
_name_of = type.__dict__["__qualname__"].__get__
_MADE_AT_RUN_TIME = 1 << 9  # Py_TPFLAGS_HEAPTYPE
_flags_of = type.__dict__["__flags__"].__get__


def identities(*kinds: type) -> frozenset[int]:
    """Return what `id(type(value))` is looked for in.

    To look for a class among others would compare them, by the code of a metaclass.
    """
    return frozenset(map(id, kinds))


KEYS = identities(str, int, bool, float, bytes, type(None))
"""What keys are whose comparison runs no code of the program's."""
MOST_KEYS = 100
_OF_C = identities(Wrapper, _Method, GetSet, Slot)
_READ = identities(GetSet, Slot)
_LISTED = identities(tuple, list)
MOST_FIELDS = 9
"""One more than is shown, which says that there are more."""
_MOST_NAMES = 200
_MOST_IN_FRONT = 16
_MOST_AT_ONCE = 1000
_TURNS = 3


def full_name(kind: type) -> tuple[str, str]:
    """Return the name of a class's module, and the class's own."""
    return text(_module_of(kind)), text(_name_of(kind))


def is_heap_type(kind: type) -> bool:
    """Whether a class was made while the interpreter ran, as those of Python code are."""
    return bool(_flags_of(kind) & _MADE_AT_RUN_TIME)


def text(found: object) -> str:
    """Return a text that is exactly a string; of anything else `?`."""
    return found if type(found) is str else "?"


def has_plain_names(kind: type) -> bool:
    """Whether to look for a name in the class compares it with none of the program's keys."""
    return all(type(name) is str for each in mro(kind) for name in dictionary(each))


def find(kind: type, name: str) -> Any:
    """Return what the class has of that name, its own or of a class that it derives from."""
    for each in mro(kind):
        found = dictionary(each).get(name, NO_VALUE)
        if found is not NO_VALUE:
            return found
    return NO_VALUE


def base(kind: type, module: str, name: str) -> type | None:
    """Return the class of that name that the class is, or derives from."""
    return next((each for each in mro(kind) if full_name(each) == (module, name)), None)


def own(kind: type, name: str) -> Any:
    """Return a function of one value that C code gives a class; None: there is none.

    The class that a program defines has none of its own. `descriptor.__objclass__` tells.
    """
    found = dictionary(kind).get(name)
    if id(type(found)) not in _OF_C or found.__objclass__ is not kind:
        return None
    return found.__get__ if id(type(found)) in _READ else found


def first(items: Any, count: int, most: int) -> list[Any]:
    """Return the first items. Few are read in one step: no other thread comes between."""
    for _turn in range(_TURNS):
        try:
            return list(items)[:most] if count <= _MOST_AT_ONCE else list(islice(items, most))
        except RuntimeError:  # Another thread has changed it, or what the collector has run.
            pass
    return []


# -- fields --


def slots(kind: type) -> dict[str, Place]:
    """Return the slots that classes of Python code define, by their names."""
    found: dict[str, Place] = {}
    classes = mro(kind)
    for number in range(len(classes) - 1, -1, -1):
        names = dictionary(classes[number])
        if "__slots__" in names and is_heap_type(classes[number]):
            listed = names["__slots__"]
            first = listed if id(type(listed)) in _LISTED else ()
            ordered = [name for name in first if type(name) is str and name in names]
            for name in (*ordered, *names):
                if type(names[name]) is Slot:
                    found[name] = number, name
    return found


def slot(value: Any, kind: type, place: Place) -> Any:
    """Return what is in a slot, or `NO_VALUE`. The class is not kept for it."""
    found = dictionary(mro(kind)[place[0]]).get(place[1])
    if type(found) is not Slot:
        return NO_VALUE
    try:
        return found.__get__(value)
    except (AttributeError, TypeError):
        return NO_VALUE


def instance(value: Any, kind: type) -> dict[str, Any]:
    """Return the names in an object's dictionary; empty if it has none."""
    names = _names(value, kind)
    pairs = first(dict.items(names), dict.__len__(names), _MOST_NAMES)
    return {name: item for name, item in pairs if type(name) is str}


def instance_front(value: Any, kind: type, wanted: frozenset[str]) -> dict[str, Any] | None:
    """Return these names of an object's dictionary; None: they are not all among its first ones.

    An object with a hundred names is not gone through for the few that are shown.
    """
    found = {}
    for name, item in first(dict.items(_names(value, kind)), _MOST_AT_ONCE + 1, _MOST_IN_FRONT):
        if type(name) is str and name in wanted:
            found[name] = item
    return found if len(found) == len(wanted) else None


def _names(value: Any, kind: type) -> dict[Any, Any]:
    for each in mro(kind):
        found = dictionary(each).get("__dict__")
        if id(type(found)) in _READ:
            return found.__get__(value)  # type: ignore[no-any-return]
    return {}
