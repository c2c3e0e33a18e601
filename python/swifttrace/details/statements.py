"""The statements of a source: which lines each has, and each as one line.

Nothing is imported for it: it may run in the middle of a program.
"""

from __future__ import annotations

import sys

from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.interruptions import is_from_outside
from .joining import joined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_MARK = b"\xef\xbb\xbf"
_ONLY_AST = 0x400
"""`ast.PyCF_ONLY_AST`: the module `ast` is not needed."""
_LOOPS = ("For", "AsyncFor", "While")
_FUNCTIONS = ("FunctionDef", "AsyncFunctionDef")
MOST_CHARACTERS = 2_000_000
"""A longer source would take seconds."""


class Statements:
    """Those of one source. Raises `SyntaxError`, `ValueError` or `RecursionError`."""

    def __init__(self, text: str) -> None:
        if len(text) > MOST_CHARACTERS:
            raise ValueError("too long")
        self.lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        size = len(self.lines) + 1
        self.first = list(range(size))
        """By a line's number, the first line of the statement that it belongs to."""
        self.last = list(range(size))
        """By the number of a statement's first line, that of its last."""
        self.bodies = [0] * size
        """By a line's number, the indentation of the function or class that it belongs to."""
        self.names = [""] * size
        """By a line's number, the name of the function that it belongs to."""
        self.repeated: set[int] = set()
        """The first lines of statements that are a loop and its body."""
        self.classes: set[int] = set()
        """The first lines of classes."""
        self._spans: list[tuple[int, int, bool]] = []
        self._find(parsed(text).body)
        self._merge()

    def text(self, number: int) -> str:
        """Return the statement that begins in a line, as one line."""
        end = self.last[number]
        return joined(self.lines[number - 1 : end]) if end > number else self.lines[number - 1]

    def shown(self, number: int) -> str:
        """Return what a line is shown as: of a statement the first alone is."""
        if number in self.repeated or self.first[number] in self.repeated:
            return self.lines[number - 1]
        return self.text(number) if self.first[number] == number else ""

    def told(self, number: int) -> int:
        """Return what the native module is told of a line."""
        first = self.first[number]
        if first in self.repeated:
            return number * 4 + _IS_REPEATED
        return first * 4 + _IS_CLASS * (first in self.classes)

    def _find(self, body: list[Any]) -> None:
        """Without recursion: `elif` nests as deep as there are any."""
        pending = [body]
        while pending:
            for node in pending.pop():
                for decorator in getattr(node, "decorator_list", ()):
                    self._spans.append((decorator.lineno, decorator.end_lineno, False))
                start = self._start(node)
                inner = [part for part in _bodies(node) if part]
                if not inner:
                    self._spans.append((start, node.end_lineno, False))
                    continue
                end = self._end_of_header(start, inner[0][0])
                kind = type(node).__name__
                self._spans.append((start, end, kind in _LOOPS))
                if kind in _FUNCTIONS or kind == "ClassDef":
                    self._note_body(node, end)
                if kind == "ClassDef":
                    self.classes.add(start)
                pending += inner

    def _start(self, node: Any) -> Any:
        """A `case` has no place of its own, and its pattern may be in brackets."""
        if hasattr(node, "lineno"):
            return node.lineno
        number = node.pattern.lineno
        while number > 1 and not self.lines[number - 1].lstrip().startswith("case"):
            number -= 1
        return number

    def _end_of_header(self, start: int, first: Any) -> int:
        """The line with the colon: nothing but comments comes between it and the body."""
        decorators = getattr(first, "decorator_list", ())
        number: int = min([self._start(first), *[each.lineno for each in decorators]])
        line = self.lines[number - 1]
        is_alone = bool(decorators) or not hasattr(first, "lineno")
        if not is_alone and first.col_offset > len(line) - len(line.lstrip()):
            return number
        number -= 1
        while number > start and self.lines[number - 1].lstrip()[:1] in ("", "#"):
            number -= 1
        return max(number, start)

    def _note_body(self, node: Any, end: int) -> None:
        indentation = node.body[0].col_offset
        for number in range(end + 1, node.end_lineno + 1):
            self.bodies[number] = indentation
            self.names[number] = "" if type(node).__name__ == "ClassDef" else node.name

    def _merge(self) -> None:
        """What shares a line is shown together."""
        start = end = 0
        has_loop = False
        for first, last, is_loop in [*sorted(self._spans), (len(self.lines) + 1, 0, False)]:
            if first <= end:
                if has_loop or is_loop:
                    self.repeated.add(start)
                end = max(end, last)
                has_loop = has_loop or is_loop
                continue
            for number in range(start, end + 1):
                self.first[number] = start
            if end:
                self.last[start] = end
            start, end, has_loop = first, last, is_loop


def _bodies(node: Any) -> Iterator[Any]:
    for name in ("body", "cases", "handlers", "orelse", "finalbody"):
        found = getattr(node, name, None)
        if type(found) is list:
            yield found


def parsed(text: str) -> Any:
    """What the parser warns of was said when the program was compiled."""
    warnings = sys.modules.get("warnings")
    filters = getattr(warnings, "filters", None)
    ignore = ("ignore", None, Warning, None, 0)
    if type(filters) is not list:
        import _warnings

        filters = _warnings.filters
    filters.insert(0, ignore)
    try:
        return compile(text, "<statements>", "exec", _ONLY_AST, True)
    finally:
        filters.remove(ignore)


_IS_REPEATED, _IS_CLASS = 1, 2


def joined_text(text: bytes) -> tuple[bytes, list[int]] | None:
    """Return a text with each statement in its first line, and what the native module's
    `StatementLines` is told of each line; None where it is none of Python's.
    """
    try:
        found = Statements(text.removeprefix(_MARK).decode("utf-8", "surrogateescape"))
        lines = [found.shown(number) for number in range(1, len(found.first))]
        told = [found.told(number) for number in range(len(found.first))]
        # As many lines as the text has, where the last one is empty now.
        shown = "\n".join(lines) + "\n" * bool(found.lines[-1])
        return shown.encode("utf-8", "surrogateescape"), told
    except Exception as error:
        if is_from_outside(error):
            raise
        return None
