"""Lines that change an object in place, as no new value of a name shows."""

from __future__ import annotations

import re

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Place = tuple[str, int]

_METHODS = (
    "append|appendleft|add|insert|extend|update|pop|popleft|popitem|remove|discard|clear|sort|reverse"
    "|setdefault|put|push|write"
)
_ENVIRONMENT = re.compile(
    r"environ\b\s*(?:\[[^\]]*\]\s*=(?!=)|\.\s*(?:setdefault|update|pop|clear|__setitem__)\s*\()"
    r"|\b(?:putenv|unsetenv|setenv|load_dotenv)\s*\("
)
_READS_ENVIRONMENT = re.compile(r"\b(?:environ|getenv)\b")
_STRING = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_WORD = re.compile(r"(?<![\w.'\"])[^\W\d]\w*")


def sets_environment(texts: dict[Place, str], places: Iterable[Place], line: str) -> list[Place]:
    """Return the places that change the environment, if a line reads it."""
    if not _READS_ENVIRONMENT.search(line):
        return []
    read = {*_STRING.findall(line)}
    found = []
    for place in places:
        text = texts.get(place, "")
        names = _STRING.findall(text)
        if _ENVIRONMENT.search(text) and (not names or names[0] in read):
            found.append(place)
    return found


def sets_name(texts: dict[Place, str], places: Iterable[Place], line: str) -> list[Place]:
    """Return the places that set what a line names: `x = `, `module.x = `, `del d[x]`."""
    names = "|".join(dict.fromkeys(word for word in _WORD.findall(_own(line)) if len(word) > 1))
    if not names:
        return []
    sets = re.compile(
        rf"^\s*(?:[\w.]+\.)?(?:{names})\s*(?::[^=]*)?(?:[-+*/|&]|//|\*\*)?=(?!=)"
        rf"|\b(?:{names})\s*(?:\.\s*(?:{_METHODS})\s*\(|\[[^\]]*\]\s*[-+*/|&]?=(?!=))"
        rf"|setattr\(\s*\w+,\s*['\"](?:{names})['\"]"
    )
    return [place for place in places if sets.search(texts.get(place, ""))]


def _own(line: str) -> str:
    """The line without its strings; attributes count as names."""
    return re.sub(r"'[^']*'|\"[^\"]*\"", "", line).replace(".", " ")


def mutators(texts: dict[Place, str], places: Iterable[Place], line: str) -> list[Place]:
    """Return the places, of those given, that change what a line names."""
    names = "|".join(dict.fromkeys(_WORD.findall(line)))
    if not names:
        return []
    changes = re.compile(
        rf"\b(?:{names})\s*(?:\.\s*(?:{_METHODS})\s*\(|\[[^\]]*\]\s*[-+*/|&]?=(?!=))"
    )
    return [
        place
        for place in dict.fromkeys(places)
        if texts.get(place) != line and changes.search(texts.get(place, ""))
    ]
