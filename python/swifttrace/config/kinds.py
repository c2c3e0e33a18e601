"""How the value of an option is read from text, checked, and written for children."""

from __future__ import annotations

import os

from ..runtime.builtins import __builtins__ as __builtins__
from . import checks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CHOICES = {"yes": True, "no": False}
_WORDS = {True: "yes", False: "no"}


class Text:
    """The text itself."""

    repeats = False
    """Whether the option may be given several times, each adding to a list."""
    words = ""
    """The values that SWIFTTRACE takes, for the reference."""
    alone = ""
    """What the option's name says in SWIFTTRACE that stands there without a value; empty: it
    needs one."""

    def read(self, name: str, text: str) -> Any:
        """Return the value. `name` is the option's, for the error. Raises `ValueError`."""
        return text

    def read_flag(self, name: str, text: str) -> Any:
        """Return the value that the command line gives. Raises `ValueError`."""
        return self.read(name, text)

    def check(self, name: str, value: Any) -> Any:
        """Return a value of `enable()` as `Settings` keeps it. Raises `TypeError` or
        `ValueError`. A row of the table may have another check.
        """
        return value

    def told(self, value: Any, start: str) -> list[str]:
        """Return what SWIFTTRACE says to have a child keep the same value, each of them in a
        field of its own. `start` is the directory that relative names are relative to.
        """
        if isinstance(value, bytes):
            return [value.decode("utf-8", "surrogateescape")]
        return [_WORDS[value] if isinstance(value, bool) else str(value)]


class Number(Text):
    """A whole number."""

    words = "N"

    def read(self, name: str, text: str) -> int:
        """Return the number. Raises `ValueError` for other text, other digits too."""
        try:
            if text.isascii():
                return int(text)
        except ValueError:
            pass
        raise ValueError(f"{name} needs a number, not {text!r}")


class Depth(Number):
    """A number that is 1 where none is said."""

    alone = "1"


class Level(Number):
    """A level. SWIFTTRACE's is checked with the other settings."""

    words = "1|2|3"

    def check(self, name: str, value: Any) -> int:
        """Raises `TypeError` or `ValueError`."""
        return checks.level(name, value)

    def read_flag(self, name: str, text: str) -> int:
        """Return the level. Raises `ValueError` with the flag that asked for it."""
        level = self.read(name, text)
        if level not in (1, 2, 3):
            raise ValueError(f"{name}: the level must be 1, 2 or 3")
        return level


class Choice(Text):
    """`yes`, `no`, or one of some more words."""

    alone = "yes"

    def __init__(self, *more: str) -> None:
        self.more = more
        self.words = "|".join(["yes", "no", *more])

    def read(self, name: str, text: str) -> bool | str:
        """Return True, False or the word. Raises `ValueError`."""
        if text in self.more:
            return text
        if text not in _CHOICES:
            *words, last = "yes", "no", *self.more
            raise ValueError(f"{name} must be {', '.join(words)} or {last}, not {text!r}")
        return _CHOICES[text]

    def read_flag(self, name: str, text: str) -> str:
        """Return the word: a flag alone is yes, and what else may follow is checked later."""
        return text

    def check(self, name: str, value: Any) -> bool | str:
        """Return True, False or the word. Raises `ValueError`."""
        if not self.more:
            return bool(value)
        if value not in (False, True, *self.more):
            words = [repr(each) for each in (False, *self.more)]
            words = ["True", ", ".join(words[:-1]) + " or " + words[-1]]
            raise ValueError(f"{name} must be {', '.join(words)}, not {value!r}")
        return value if isinstance(value, str) else bool(value)


class Columns(Number):
    """`yes`, `no`, or a number of columns."""

    words = "yes|no|N"
    alone = "yes"

    def read(self, name: str, text: str) -> bool | int:
        """Return True, False or the number. Raises `ValueError`."""
        return _CHOICES[text] if text in _CHOICES else super().read(name, text)

    def read_flag(self, name: str, text: str) -> int:
        """Return the number: a flag alone is yes. Raises `ValueError`."""
        return super().read(name, text)

    def check(self, name: str, value: Any) -> bool | int:
        """Raises `TypeError` or `ValueError`."""
        return checks.columns(name, value)


class Word(Text):
    """A word, or the first of them where none is said."""

    def __init__(self, *words: str) -> None:
        self.alone = words[0]
        self.words = "|".join(words)


class Words(Text):
    """Any number of texts."""

    repeats = True

    def told(self, value: Any, start: str) -> list[str]:
        """Return each of them."""
        return list(value)


class Patterns(Words):
    """Patterns for files."""

    words = "PATTERN"

    def check(self, name: str, value: Any) -> tuple[str, ...]:
        """Raises `TypeError` or `ValueError`."""
        return checks.patterns(name, value)

    def told(self, value: Any, start: str) -> list[str]:
        """Return each of them: one for a path holds wherever the child is."""
        return [os.path.join(start, each) if "/" in each else each for each in value]


class File(Text):
    """The name of a file."""

    def check(self, name: str, value: Any) -> str | bytes | None:
        """Raises `TypeError` or `ValueError`."""
        return checks.file(name, value)

    def told(self, value: Any, start: str) -> list[str]:
        """Return it as an absolute path."""
        return [os.path.join(start, os.fsdecode(value))]


class LogFile(File):
    """The name of a log's file."""

    def check(self, name: str, value: Any) -> str | None:
        """Raises `TypeError` or `ValueError`."""
        return checks.text_file(name, value)

    def told(self, value: Any, start: str) -> list[str]:
        """Return the name of a file: what children print may be read by this program."""
        return super().told(checks.LOG if value == checks.DASH else value, start)
