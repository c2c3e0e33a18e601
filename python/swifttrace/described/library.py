"""Objects of classes of the standard library that are Python code: their slots are read."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__
from .naming import named
from .reading import base, full_name, instance, mro, slot, slots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .reading import Answer, Form

_PATH_MODULES = ("pathlib", "pathlib._local")
_MOST_CHARACTERS = 4096
_MOST_PARTS = 100


def fraction(kind: type, short: str) -> Form | None:
    """A `Fraction`: its two numbers."""
    places = slots(kind)
    if not {"_numerator", "_denominator"} <= places.keys():
        return None
    above, below = places["_numerator"], places["_denominator"]

    def form(value: Any, kind: type, _is_deep: bool) -> Answer:
        numbers = slot(value, kind, above), slot(value, kind, below)
        if any(type(number) is not int for number in numbers):
            return named(value, short)
        return short, numbers, "", False

    return form


def identifier(kind: type, short: str) -> Form | None:
    """A `UUID`: its number, as it is written."""
    place = slots(kind).get("int")

    def form(value: Any, kind: type, _is_deep: bool) -> Answer:
        number = slot(value, kind, place) if place else None
        if type(number) is not int or not 0 <= number < 1 << 128:
            return named(value, short)
        digits = f"{number:032x}"
        parts = digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]
        return f"{short}('{'-'.join(parts)}')"

    return form if place else None


# -- paths --


def path(kind: type, short: str) -> Form | None:
    """A path of `pathlib`, also of a class that derives from its classes."""
    if not any(base(kind, module, "PurePath") for module in _PATH_MODULES):
        return None
    places = slots(kind)
    is_posix = any(name == "PurePosixPath" for _module, name in map(full_name, mro(kind)))

    def form(value: Any, kind: type, _is_deep: bool) -> Answer:
        made = slot(value, kind, places["_str"]) if "_str" in places else None
        if type(made) is not str:
            name = "_raw_paths" if "_raw_paths" in places else "_parts"
            parts = slot(value, kind, places[name]) if name in places else None
            made = _joined(parts, is_posix) if type(parts) is list else None
        return named(value, short) if made is None else (f"{short}(", made, ")", False)

    return form


def _joined(parts: list[Any], is_posix: bool) -> str | None:
    if len(parts) > _MOST_PARTS or any(type(part) is not str for part in parts):
        return None
    if sum(map(len, parts)) > _MOST_CHARACTERS or (not is_posix and len(parts) != 1):
        return None
    if not is_posix:
        return parts[0]  # type: ignore[no-any-return]
    whole = parts[0] if parts else ""
    for part in parts[1:]:
        between = "" if not whole or whole.endswith("/") else "/"
        whole = part if part.startswith("/") else f"{whole}{between}{part}"
    root = "/" if whole.startswith("/") else ""
    if whole.startswith("//") and not whole.startswith("///"):
        root = "//"
    return root + "/".join(each for each in whole.split("/") if each not in ("", ".")) or "."


# -- enumerations --


def member(kind: type, short: str) -> Form | None:
    """A member of an enumeration: `<Color.RED: 1>`."""
    if base(kind, "enum", "Enum") is None:
        return None

    def form(value: Any, kind: type, is_deep: bool) -> Answer:
        names = instance(value, kind)
        if "_value_" not in names:
            return named(value, short)
        own_name = names.get("_name_")
        full = f"{short}.{own_name}" if type(own_name) is str else short
        return f"<{full}>" if is_deep else (f"<{full}: ", names["_value_"], ">", False)

    return form
