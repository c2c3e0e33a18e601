"""How the value of an option is read from text."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CHOICES = {"yes": True, "no": False}


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


class Word(Text):
    """A word, or the first of them where none is said."""

    def __init__(self, *words: str) -> None:
        self.alone = words[0]
        self.words = "|".join(words)


class Words(Text):
    """Any number of texts."""

    repeats = True


class Patterns(Words):
    """Patterns for files."""

    words = "PATTERN"
