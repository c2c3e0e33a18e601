"""A statement over several lines as one line.

Its lines lose their indentation and their comments. What is within strings stays, a newline
there as `\\n`.
"""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__

_OPENING = "([{"
_CLOSING = ")]}"
_BLANK = " \t\f\n"
_PREFIXES = frozenset("bfrtu")


def joined(lines: list[str]) -> str:
    """Return the lines of a statement that compiles as one, with the first's indentation."""
    return _Joiner("\n".join(lines)).joined()


class _Joiner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.parts: list[str] = []
        self.is_joint = False
        """A line has ended: a space goes here, where one is wanted."""

    def joined(self) -> str:
        self._code("")
        return "".join(self.parts).rstrip()

    def _code(self, ends: str) -> None:
        """Take code up to one of the characters, outside of brackets."""
        depth = 0
        while self.place < len(self.text):
            character = self.text[self.place]
            if not depth and character in ends:
                return
            if character in "\"'":
                self._string()
            elif character == "#":
                self._skip_comment()
            elif character == "\n" or self.text.startswith("\\\n", self.place):
                self._join()
            else:
                depth += (character in _OPENING) - (character in _CLOSING)
                self._take(character)

    def _take(self, text: str) -> None:
        if self.is_joint:
            self.is_joint = False
            self._space(text)
        self.parts.append(text)
        self.place += len(text)

    def _space(self, text: str) -> None:
        """None within brackets, and none before the dot of a method."""
        before = self.parts[-1][-1:] if self.parts else ""
        following = self.text[self.place + 1 : self.place + 2]
        is_attribute = text == "." and (following.isalpha() or following == "_")
        if before and before not in _OPENING and text not in _CLOSING and not is_attribute:
            self.parts.append(" ")

    def _join(self) -> None:
        while self.parts and not self.parts[-1].strip(_BLANK):
            self.parts.pop()
        self.place += 1 + (self.text[self.place] == "\\")
        while self.text[self.place : self.place + 1] in tuple(_BLANK):
            self.place += 1
        self.is_joint = True

    def _skip_comment(self) -> None:
        end = self.text.find("\n", self.place)
        self.place = len(self.text) if end < 0 else end

    # -- strings --

    def _string(self) -> None:
        prefix = self._prefix()
        quote = self.text[self.place]
        if self.text.startswith(quote * 3, self.place):
            quote *= 3
        self._take(quote)
        is_format = "f" in prefix or "t" in prefix
        while not self.text.startswith(quote, self.place):
            if is_format and self.text[self.place] == "{" and not self._is_double("{"):
                self._replacement()
            else:
                self._take_literal("r" in prefix)
        self._take(quote)

    def _prefix(self) -> str:
        start = self.place
        while start and self.text[start - 1].isalpha():
            start -= 1
        prefix = self.text[start : self.place].lower()
        return prefix if _PREFIXES.issuperset(prefix) else ""

    def _is_double(self, brace: str) -> bool:
        return self.text.startswith(brace * 2, self.place)

    def _take_literal(self, is_raw: bool) -> None:
        character = self.text[self.place]
        if character == "\\" and not is_raw and self._is_escaped_newline():
            self.place += 2
        elif character == "\n":
            self.parts.append("\\n")
            self.place += 1
        elif character == "\\" and not self._is_escaped_newline():
            self._take(self.text[self.place : self.place + 2])
        else:
            self._take(character * (1 + (character == "{" and self._is_double("{"))))

    def _is_escaped_newline(self) -> bool:
        return self.text.startswith("\\\n", self.place)

    def _replacement(self) -> None:
        """What a format string has in braces: code, and how that is to be formatted."""
        self._take("{")
        self._code("}:")
        if self.text[self.place] == ":":
            self._take(":")
            while self.text[self.place] != "}":
                if self.text[self.place] == "{":
                    self._replacement()
                else:
                    self._take_literal(False)
        self.is_joint = False
        self._take("}")
