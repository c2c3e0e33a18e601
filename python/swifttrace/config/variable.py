"""The value of SWIFTTRACE, as it is written for children. `environment` reads it."""

from __future__ import annotations

import os
import sys

from ..runtime.builtins import __builtins__ as __builtins__
from .options import IN_API, IN_VARIABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

VARIABLE = "SWIFTTRACE"
PLACES = "fd"
"""The option that a process which is followed says in its own way."""
_ALWAYS = ("level", "scope")
_PAGES = 32
"""Of memory: what one variable of an environment may have, `MAX_ARG_STRLEN` of Linux."""
_RESERVE = 16 * 1024
"""For what is known later: the script, places of the descriptor, numbers."""


def defaults() -> dict[str, Any]:
    """Return what the options are where a program is started, or a child, and nothing is said."""
    values = {}
    for name, option in IN_API.items():
        is_heard = option.variable and not sys.flags.ignore_environment
        said = os.environ.get(option.variable) if is_heard else None
        values[name] = option.started if said is None else option.kind.read(name, said)
    return values


def told(kept: Mapping[str, Any], start: str) -> list[str]:
    """Return the fields by which a child has the same settings; `start` is our directory."""
    fields = []
    for name, option in IN_VARIABLE.items():
        value = kept[name]
        is_default = name not in _ALWAYS and value == option.check(name, option.started)
        if not is_default and name != PLACES:
            fields += [f"{name}={text}" for text in option.kind.told(value, start)]
    return escaped(fields)


def escaped(fields: Iterable[str]) -> list[str]:
    """Return them without commas that would end them."""
    return [field.replace("\\", "\\\\").replace(",", "\\,") for field in fields]


def check_length(kept: Mapping[str, Any], start: str) -> None:
    """Raise `ValueError` where the variable gets too long: the system would start no child."""
    most = _PAGES * os.sysconf("SC_PAGE_SIZE") - _RESERVE
    length = len(",".join(told(kept, start)).encode("utf-8", "backslashreplace"))
    if length > most:
        raise ValueError(
            f"what child processes are told is {length} bytes long, and {most} is the most: "
            "give fewer patterns, or do not follow them"
        )
