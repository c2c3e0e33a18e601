"""The value of SWIFTTRACE, as it is read: a level, or settings with commas between them.

    SWIFTTRACE=2
    SWIFTTRACE="level=3,scope=project,output=trace-%p.log,include=app/*"

A name without a value is yes, and `no-NAME` is no; names may have `-` for `_`.

It is data: nothing of it is evaluated or imported. A comma within a value is written
`\\,`. A process that is followed writes it for its children, with what only it knows:
`pid` and `nesting`, which process it is and how many processes deep, `run`, when the first
one of all began, `file` and `log`, what it writes to, for itself after `exec`, `root`, the
project's, `script`, the file of its script, `bell`, which a child rings as it starts, and
`fd=PLACE`, where the descriptor that it traces to is found (see `children.descriptors`).
"""

from __future__ import annotations

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__
from .options import IN_VARIABLE
from .variable import PLACES, defaults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ARMED = ("off", "signal")
"""What has a signal begin and end the trace."""
_OURS = ("root", "nesting", "pid", "bell", "run", "file", "log", "script", "runner")
"""What a process that is followed writes, and nobody else."""


class Inherited:
    """What a process knows of the one that started it, besides the settings."""

    def __init__(self, texts: dict[str, str], lists: dict[str, list[str]]) -> None:
        """Raises `ValueError`."""
        self.bell = texts.get("bell")
        self.places = tuple([text for text in lists.get(PLACES, ()) if "/" in text])
        """Where the descriptor that we trace to came from."""
        self.roots = tuple(lists.get("root", ()))
        self.script = texts.get("script")
        self.runner = texts.get("runner")
        self.run = _number("run", texts["run"], 19) if "run" in texts else None
        self.resumed: dict[str, str] | None = None
        """Where this very process was traced before it ran `exec`: the files that go on, by
        the kind of what is written to them."""
        self.nesting = _number("nesting", texts.get("nesting", "0"))
        """How many processes deep this one is: 1 is the first."""
        if texts.get("pid") == native.process_identity():
            self.resumed = {kind: texts[kind] for kind in ("file", "log") if texts.get(kind)}
        else:
            self.nesting += 1
        if not 1 <= self.nesting <= 1000:
            raise ValueError(f"nesting must be from 1 to 1000, not {self.nesting}")

    def file(self, kind: str) -> str | None:
        """Return the file that goes on: of the trace, "file", or of the log."""
        return (self.resumed or {}).get(kind)


class Environment:
    """What SWIFTTRACE says. Raises `ValueError` with what is wrong of it."""

    def __init__(self, value: str) -> None:
        texts, lists = _fields(value)
        self.inherited = Inherited(texts, lists)
        self.signal = _signal(texts)
        """The signal that begins and ends the trace, if it is not to begin at once."""
        numbers = [text for text in lists[PLACES] if "/" not in text]
        self.values = _values(texts, {**lists, PLACES: numbers[-1:]})
        """What is asked for, by the names of the options."""


def _signal(texts: dict[str, str]) -> str | None:
    """Raises `ValueError`."""
    if ("off" in texts) != ("signal" in texts):
        raise ValueError("off and signal need each other: off,signal=USR2")
    return texts.get("signal")


def _values(texts: dict[str, str], lists: dict[str, list[str]]) -> dict[str, Any]:
    """Return what is asked for, by the names of the options. Raises `ValueError`."""
    values = defaults()
    for name, option in IN_VARIABLE.items():
        found = lists.get(name) or ([texts[name]] if name in texts else [])
        read = [option.kind.read(name, text) for text in found]
        if read:
            values[name] = read if option.kind.repeats else read[-1]
    return values


def _lists() -> tuple[str, ...]:
    """Return the fields that may be there several times."""
    repeated = [option.name for option in IN_VARIABLE.values() if option.kind.repeats]
    return (PLACES, "root", *repeated)


def _fields(value: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return the fields that have one text and those that have any number of them."""
    texts: dict[str, str] = {}
    lists: dict[str, list[str]] = {name: [] for name in _lists()}
    if value.strip().isdecimal() and value.isascii():
        return {"level": value.strip()}, lists
    for field in split(value):
        name, sign, text = field.partition("=")
        name = name.strip().replace("-", "_")
        if not sign:
            name, text = _alone(name)
        if name not in IN_VARIABLE and name not in (*_OURS, *_ARMED):
            raise ValueError(f"unknown field {field!r}; the fields are {', '.join(IN_VARIABLE)}")
        if name in lists:
            lists[name].append(text)
        else:
            texts[name] = text
    return texts, lists


def _alone(name: str) -> tuple[str, str]:
    """Return what a field without a value stands for. Raises `ValueError`."""
    if name.isdecimal() and name.isascii():
        return "level", name
    if name == "only_calls":
        return "calls", "only"
    option = IN_VARIABLE.get(name)
    if option is not None:
        if not option.kind.alone:
            raise ValueError(f"{name} needs a value")
        return name, option.kind.alone
    denied = name.removeprefix("no_")
    if denied in IN_VARIABLE and IN_VARIABLE[denied].kind.alone == "yes":
        return denied, "no"
    return name, ""


def split(value: str) -> list[str]:
    """Split at commas that have no backslash before them."""
    fields, field = [], ""
    characters = iter(value)
    for character in characters:
        if character == "\\":
            field += next(characters, "")
        elif character == ",":
            fields.append(field)
            field = ""
        else:
            field += character
    return [field for field in (*fields, field) if field]


def _number(name: str, text: str, most_digits: int = 9) -> int:
    if not (text.isdecimal() and text.isascii()) or len(text) > most_digits:
        raise ValueError(f"{name} needs a number, not {text!r}")
    return int(text)
