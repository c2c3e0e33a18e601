"""Which function each line is in, for recordings that have no calls."""

from __future__ import annotations

import ast
import struct

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

ENTRY = 1 << 31
"""Stands with the number of a function where its body begins (`CallPlayer.entry`)."""


class Functions:
    """The functions of all files, with numbers from 1 on."""

    def __init__(self) -> None:
        self.known: list[tuple[int, int, str]] = []
        """Of each one the file, the first line and the qualified name."""
        self._lines: dict[int, dict[int, int]] = {}

    def add(self, file: int, source: bytes | None) -> None:
        """Take a file with its text."""
        self.known.append((file, 1, "<module>"))
        module = len(self.known)
        lines = self._lines[file] = {0: module}
        if source is not None:
            self._add_functions(file, source, lines)

    def _add_functions(self, file: int, source: bytes, lines: dict[int, int]) -> None:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        work: list[tuple[ast.AST, str]] = [(tree, "")]
        while work:
            node, name = work.pop(0)
            for child in ast.iter_child_nodes(node):
                inner = name
                if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                    self._add(file, child, name + child.name, lines)
                    inner = f"{name}{child.name}.<locals>."
                elif isinstance(child, ast.ClassDef):
                    inner = f"{name}{child.name}."
                work.append((child, inner))

    def _add(
        self,
        file: int,
        node: ast.FunctionDef | ast.AsyncFunctionDef,
        name: str,
        lines: dict[int, int],
    ) -> None:
        body = node.body
        if (
            len(body) > 1
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            body = body[1:]
        first = body[0]
        # On a line of its own, or it cannot be told from the definition.
        if first.lineno == node.lineno:
            return
        self.known.append((file, node.lineno, name))
        number = len(self.known)
        lines.update(dict.fromkeys(range(first.lineno, (node.end_lineno or 0) + 1), number))
        if _runs_once(first):
            lines[first.lineno] = number | ENTRY

    def entered(self, file: int) -> dict[int, int]:
        """Return for each function of a file, by its number, the line that its body begins with."""
        found: dict[int, int] = {}
        for line, number in sorted(self._lines[file].items()):
            if line:
                found.setdefault(number & ~ENTRY, line)
        return found

    def packed(self, places: Iterable[tuple[int, int, str]]) -> bytes:
        """Return the number of the function of each place, as `exporting.play` takes them."""
        numbers = [0]
        for file, line, _ in places:
            lines = self._lines.get(file, {})
            numbers.append(lines.get(line, lines.get(0, 0)))
        return struct.pack(f"<{len(numbers)}I", *numbers)


def _runs_once(first: ast.stmt) -> bool:
    """Whether the line that a statement begins with runs once in a call."""
    if isinstance(first, ast.If):
        return first.test.end_lineno == first.lineno
    return first.end_lineno == first.lineno and not isinstance(
        first, ast.For | ast.While | ast.AsyncFor | ast.With | ast.AsyncWith
    )
