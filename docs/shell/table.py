"""Reads the table of options, also where the native module is not built yet."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

PACKAGE = Path(__file__).resolve().parents[2] / "python" / "swifttrace"
FILES = ("FILE", "PATTERN")
"""The values that are completed as file names."""
SIGNAL = "NAME"
LIST = "FIELDS"


class _Native(ModuleType):
    """What the package's modules take of the native module as they are imported."""

    identity = staticmethod(id)

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return self


def _load() -> None:
    """Let the package's modules be imported, each alone, without the package itself."""
    package = ModuleType("swifttrace")
    package.__path__ = [str(PACKAGE)]
    sys.modules["swifttrace"] = package
    package.swifttrace = sys.modules["swifttrace.swifttrace"] = _Native("swifttrace.swifttrace")


_load()
options = import_module("swifttrace.config.options")
SHOWABLE = import_module("swifttrace.config.checks").SHOWABLE


@dataclass
class Flag:
    """A flag as a shell or a reader of the manual sees it."""

    names: list[str]
    help: str
    group: str
    metavar: str = ""
    needs_value: bool = False
    words: tuple[str, ...] = ()
    """The values, as far as they are known beforehand."""
    repeats: bool = False

    @property
    def summary(self) -> str:
        """The first part of its help, for one line in a list."""
        return re.split(r"[;:] | \(| with \{", self.help)[0]

    @property
    def value(self) -> str:
        """How its value is completed: "words", "list", "files", "signals", "text", or "none"."""
        if self.metavar in FILES:
            return "files"
        kinds = {LIST: "list", SIGNAL: "signals", "": "none"}
        return kinds.get(self.metavar, "words" if self.words else "text")


def flags() -> list[Flag]:
    """Return every flag of the table, then those that run a program or inform."""
    found = [_flag(option, flag) for option in options.OPTIONS for flag in option.flags]
    return [*found, *PROGRAMS, *INFORMATION]


def _flag(option, flag) -> Flag:
    # Other spellings, those of early versions, work and are not offered.
    names = [name for name in flag.names if name in flag.shown.replace(",", "").split()]
    shown = names or [name for name in flag.names if flag.shown.startswith(f"{name}[=")]
    return Flag(
        shown, flag.help, option.group, flag.metavar, flag.needs_value, _words(option, flag),
        option.kind.repeats,
    )  # fmt: skip


def _words(option, flag) -> tuple[str, ...]:
    if flag.metavar == LIST:
        return SHOWABLE
    if option.name == "level":
        return tuple(option.kind.words.split("|")) if flag.metavar else ()
    return tuple(flag.metavar.split("|")) if flag.metavar.islower() else ()


RUN = "program"
PROGRAMS = [
    Flag(["-m"], "run a module, a package, or a package's __main__", RUN, "MODULE", True),
    Flag(["-c"], "run this code", RUN, "CODE", True),
]
INFORMATION = [
    Flag(["--version"], "print the version", "information"),
    Flag(["-h", "--help"], "print the options", "information"),
]
