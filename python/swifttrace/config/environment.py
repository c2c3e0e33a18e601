"""The value of SWIFTTRACE: a level, or settings with commas between them.

    SWIFTTRACE=2
    SWIFTTRACE="level=3,scope=project,output=trace-%p.log,include=app/*"

A name without a value is yes, and `no-NAME` is no; names may have `-` for `_`.

It is data: nothing of it is evaluated or imported. A comma within a value is written
`\\,`. A process that is followed writes it for its children, with what only it knows:
`pid` and `nesting`, which process it is and how many processes deep, `run`, when the first
one of all began, `file` and `log`, what it writes to, for itself after `exec`, `root`, the
project's, `script`, the file of its script, `runner`, the file of what runs the script,
`bell`, which a child rings as it starts, and `fd=PLACE`, where the descriptor that it traces
to is found (see `children.descriptors`).
"""

from __future__ import annotations

import os

from .. import swifttrace as native
from ..children.descriptors import Place, open_first
from ..runtime.builtins import __builtins__ as __builtins__
from .options import IN_API, IN_VARIABLE
from .settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_OURS = ("root", "nesting", "pid", "bell", "run", "file", "log", "script", "runner")
"""What a process that is followed writes, and nobody else."""
_LISTS = ("fd", "root", *[option.name for option in IN_VARIABLE.values() if option.kind.repeats])


class Environment:
    """What SWIFTTRACE says. Raises `ValueError` with what is wrong of it."""

    def __init__(self, value: str) -> None:
        texts, lists = _fields(value)
        self.bell = texts.get("bell")
        self.places = [Place(text) for text in lists["fd"] if "/" in text]
        numbers = [text for text in lists["fd"] if "/" not in text]
        self.settings = Settings(**_values(texts, {**lists, "fd": numbers[-1:]}))
        self.settings.roots = tuple(lists["root"])
        self.settings.script = texts.get("script")
        self.settings.runner = texts.get("runner")
        self.run = _number("run", texts["run"], 19) if "run" in texts else None
        if texts.get("pid") == native.process_identity():
            files = {"output": texts.get("file"), "debug_log": texts.get("log")}
            self.settings.resumed = {name: file for name, file in files.items() if file}
        self.settings.depth = _number("nesting", texts.get("nesting", "0"))
        if self.settings.resumed is None:
            self.settings.depth += 1
        if not 1 <= self.settings.depth <= 1000:
            raise ValueError(f"nesting must be from 1 to 1000, not {self.settings.depth}")

    def take_descriptor(self) -> int | None:
        """Open the descriptor of the process that follows us, and no other does.

        It was not inherited: no program that is not traced gets it. Returns None where
        none is named. Raises `ValueError`.
        """
        if not self.places:
            return None
        try:
            self.settings.fd = open_first(self.places)
        except OSError as error:
            raise ValueError(f"cannot open the trace's descriptor: {error}") from None
        self.settings.places = [place.text for place in self.places]
        return self.settings.fd


def _values(texts: dict[str, str], lists: dict[str, list[str]]) -> dict[str, Any]:
    """Return what is asked for, by the names of the options. Raises `ValueError`."""
    values = {name: option.started for name, option in IN_API.items()}
    values["format"] = os.environ.get("SWIFTTRACE_FORMAT")
    for name, option in IN_VARIABLE.items():
        found = lists.get(name) or ([texts[name]] if name in texts else [])
        read = [option.kind.read(name, text) for text in found]
        if read:
            values[name] = read if option.kind.repeats else read[-1]
    return values


def _fields(value: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return the fields that have one text and those that have any number of them."""
    texts: dict[str, str] = {}
    lists: dict[str, list[str]] = {name: [] for name in _LISTS}
    if value.strip().isdecimal() and value.isascii():
        return {"level": value.strip()}, lists
    for field in split(value):
        name, sign, text = field.partition("=")
        name = name.strip().replace("-", "_")
        if not sign:
            name, text = _alone(name)
        if name not in IN_VARIABLE and name not in _OURS:
            raise ValueError(f"{field!r} is none of {', '.join(IN_VARIABLE)}")
        if name in _LISTS:
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
