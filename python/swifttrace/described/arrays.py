"""Numbers and arrays of NumPy, as its C code gives them: what prints them is Python code."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__
from .naming import named, numbers
from .reading import mro, own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .reading import Answer, Form

_SIZED = "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 float128"
_OTHERS = "bool bool_ intc uintc int_ uint longlong ulonglong longdouble clongdouble"
_MORE = "complex64 complex128 complex256 datetime64 timedelta64"
NUMBERS = (*_SIZED.split(), *_OTHERS.split(), *_MORE.split())
"""The names of the types of single numbers, in NumPy 1 and 2."""
_KINDS = {"b": "bool", "i": "int", "u": "uint", "f": "float", "c": "complex", "O": "object"}
_USUAL = ("bool", "int64", "float64", "complex128")
_MOST_ITEMS = 64


def string(kind: type, short: str) -> Form | None:
    """A `str_`."""
    if not issubclass(kind, str):
        return None
    return lambda value, _kind, _is_deep: ("np.str_(", str.__str__(value), ")", False)


def array(kind: type, short: str) -> Form | None:
    """An array: its items if there are few, and of what kind they are."""
    items, shape, size = own(kind, "tolist"), own(kind, "shape"), own(kind, "size")
    item_type = own(kind, "dtype")

    def form(value: Any, _kind: type, is_deep: bool) -> Answer:
        name = _name(item_type(value))
        if is_deep or name is None:
            return named(value, short)
        if size(value) > _MOST_ITEMS:
            number = numbers.number(value, short)
            return f"<{short} #{number} shape={shape(value)}, dtype={name}>"
        end = ")" if name in _USUAL else f", dtype={name})"
        return "array(", items(value), end, False

    return items and shape and size and item_type and form


def _name(item_type: Any) -> str | None:
    for each in mro(type(item_type)):
        letter, width = own(each, "kind"), own(each, "itemsize")
        if letter and width:
            name = _KINDS.get(letter(item_type))
            return name if name in ("bool", "object", None) else f"{name}{8 * width(item_type)}"
    return None
