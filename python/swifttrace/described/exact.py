"""Objects of types in C whose own `repr` calls nothing of the program's, or is made here."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__
from .naming import named
from .reading import dictionary, identities, own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .reading import Answer, Form

_TEXTS = identities(str, bytes)
_MOST_DECIMAL = 400
_MOST_PATTERN = 120
_MOST_MATCH = 1000


def by_repr(kind: type, short: str) -> Form | None:
    """Of types whose objects refer to nothing."""
    say = own(kind, "__repr__")
    return say and (lambda value, _kind, _is_deep: say(value))


def decimal(kind: type, short: str) -> Form | None:
    """One of thousands of digits is not written out."""
    say, size = own(kind, "__repr__"), own(kind, "__sizeof__")

    def form(value: Any, _kind: type, _is_deep: bool) -> Answer:
        bytes_used = size(value)
        return f"<Decimal of {bytes_used} bytes>" if bytes_used > _MOST_DECIMAL else say(value)

    return say and size and form


def moment(kind: type, short: str) -> Form | None:
    """A `datetime` or a `time`: its zone may be an object of the program's."""
    say, zone, replace = own(kind, "__repr__"), own(kind, "tzinfo"), own(kind, "replace")

    def form(value: Any, _kind: type, _is_deep: bool) -> Answer:
        found = zone(value)
        if found is None:
            return say(value)  # type: ignore[no-any-return]
        return f"{say(replace(value, tzinfo=None))[:-1]}, tzinfo=", found, ")", False

    return say and zone and replace and form


def zone(kind: type, short: str) -> Form | None:
    """A `timezone`: its difference and its name may be of classes of the program's."""
    say, arguments = own(kind, "__repr__"), own(kind, "__getinitargs__")
    utc = dictionary(kind).get("utc")
    if not say or not arguments or type(utc) is not kind:
        return None
    plain = identities(type(arguments(utc)[0]), str)

    def form(value: Any, _kind: type, _is_deep: bool) -> Answer:
        is_plain = all(id(type(each)) in plain for each in arguments(value))
        return say(value) if is_plain else named(value, short)

    return form


def zone_by_key(kind: type, short: str) -> Form | None:
    """A `ZoneInfo`."""
    key = own(kind, "key")

    def form(value: Any, _kind: type, _is_deep: bool) -> Answer:
        found = key(value)
        return f"zoneinfo.ZoneInfo(key={found!r})" if type(found) is str else named(value, short)

    return key and form


def pattern(kind: type, short: str) -> Form | None:
    """What a pattern was compiled from may be of a class of the program's."""
    say, source = own(kind, "__repr__"), own(kind, "pattern")

    def form(value: Any, _kind: type, _is_deep: bool) -> Answer:
        found = source(value)
        if id(type(found)) not in _TEXTS:
            return named(value, short)
        return say(value) if len(found) <= _MOST_PATTERN else ("re.compile(", found, ")", False)

    return say and source and form


def match(kind: type, short: str) -> Form | None:
    """A match within a text of a class of the program's is not shown."""
    say, source, span = own(kind, "__repr__"), own(kind, "string"), own(kind, "span")

    def form(value: Any, _kind: type, _is_deep: bool) -> Answer:
        start, end = span(value)
        is_plain = id(type(source(value))) in _TEXTS and end - start <= _MOST_MATCH
        return say(value) if is_plain else named(value, short)

    return say and source and span and form
