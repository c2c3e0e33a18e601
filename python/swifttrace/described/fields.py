"""Objects of the program's classes: by the fields of a dataclass, by slots, or by a name."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__
from .naming import is_numbered, named, numbers
from .reading import (
    MOST_FIELDS,
    NO_VALUE,
    find,
    has_plain_names,
    instance,
    instance_front,
    slot,
    slots,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .reading import Answer, Form, Place


def data(kind: type, short: str) -> Form | None:
    """An object of a dataclass: `Point(x=1, y=2)`."""
    found = find(kind, "__dataclass_fields__")
    if type(found) is not dict:
        return None
    pairs = list(found.items())
    names = [name for name, field in pairs if type(name) is str and _is_shown(field)]
    places = slots(kind)
    front = frozenset(names[:MOST_FIELDS])

    def form(value: Any, kind: type, is_deep: bool) -> Answer:
        if is_deep:
            return named(value, short)
        known = instance_front(value, kind, front)
        if known is None:
            known = instance(value, kind)
        shown = {}
        for name in names:
            item = known.get(name, NO_VALUE)
            if item is NO_VALUE and name in places:
                item = slot(value, kind, places[name])
            if item is not NO_VALUE:
                shown[name] = item
            if len(shown) == MOST_FIELDS:
                break
        return f"{short}(", shown, ")", True

    return form


def _is_shown(field: Any) -> bool:
    """Whether its class did not say `field(repr=False)`."""
    kind = type(field)
    place = slots(kind).get("repr") if has_plain_names(kind) else None
    return place is None or slot(field, kind, place) is not False


def slotted(kind: type, short: str) -> Form | None:
    """An object with slots: `<Node #3 value=1, next=None>`."""
    places = slots(kind)
    if not places:
        return None

    def form(value: Any, kind: type, is_deep: bool) -> Answer:
        name = named(value, short)
        shown = {} if is_deep else _filled(value, kind, places)
        return (f"{name[:-1]} ", shown, ">", True) if shown else name

    return form


def _filled(value: Any, kind: type, places: dict[str, Place]) -> dict[str, Any]:
    shown = {}
    for name, place in places.items():
        item = slot(value, kind, place)
        if item is not NO_VALUE:
            shown[name] = item
        if len(shown) == MOST_FIELDS:
            break
    return shown


def plain(kind: type, short: str) -> Form:
    """Any other object: it has its name for as long as it lives."""
    if not is_numbered(kind):
        return lambda value, _kind, _is_deep: f"<{short}>"

    def form(value: Any, _kind: type, _is_deep: bool) -> Answer:
        name, reference, number = numbers.known(value, short)
        return f"<{name} #{number}>", reference

    return form
