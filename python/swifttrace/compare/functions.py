"""Which function a line is in, for traces that have no calls."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__


class Functions:
    """Which function a line is in, by the text of the file."""

    def __init__(self) -> None:
        self._files: dict[str, dict[int, str]] = {}

    def at(self, path: str, line: int) -> str:
        """Return its qualified name."""
        known = self._files.get(path)
        if known is None:
            known = self._files[path] = _functions(path)
        return known.get(line, "<module>")


def _functions(path: str) -> dict[int, str]:
    import ast

    found: dict[int, str] = {}
    try:
        with open(path, "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return found
    work: list[tuple[ast.AST, str]] = [(tree, "")]
    while work:
        node, name = work.pop(0)
        for child in ast.iter_child_nodes(node):
            inner = name
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = name + child.name
                found.update(
                    dict.fromkeys(range(child.body[0].lineno, (child.end_lineno or 0) + 1), inner)
                )
                inner += ".<locals>."
            elif isinstance(child, ast.ClassDef):
                inner = f"{name}{child.name}."
            work.append((child, inner))
    return found
