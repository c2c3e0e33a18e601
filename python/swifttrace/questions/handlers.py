"""What a handler does with an exception, as its source says: an `except`, a `finally`, a `with`."""

from __future__ import annotations

import ast
import builtins
from types import AsyncGeneratorType, GeneratorType

from ..described.reading import find, identities, instance
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.frames import code_of
from ..swifttrace import referent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .places import Place
    from .texts import Texts

CAUGHT, SWALLOWED = "caught", "swallowed"
_BUILT_IN = frozenset(dir(builtins))
EXITS = ("__exit__", "__aexit__")
_Code = type((lambda: None).__code__)
_GENERATORS = identities(GeneratorType, AsyncGeneratorType)
_LEAVING = (ast.Return, ast.Break, ast.Continue)
_TRY = (ast.Try, ast.TryStar)
_WITH = (ast.With, ast.AsyncWith)


def code_of_exit(owner: object, name: str) -> Place | None:
    """Return the file, the first line and the name of what a context manager runs at its end.

    For one that a generator is, these are the generator's.
    """
    generator = instance(owner, type(owner)).get("gen")
    code = referent(generator, _Code) if id(type(generator)) in _GENERATORS else None
    if code is None:
        code = code_of(find(type(owner), name))
    return None if code is None else (code.co_filename, code.co_firstlineno, code.co_qualname)


class Handlers:
    """The handlers of files."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._trees: dict[str, ast.AST | None] = {}

    def fate(self, path: str, line: int, names: tuple[str, ...]) -> tuple[str, int]:
        """Return whether an exception was caught or swallowed, and the line of what did it.

        :param line: where the handler begins, as the interpreter says.
        :param names: the exception's class and those that it is derived from.
        """
        tree = self._tree(path)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, _TRY) and any(each.lineno == line for each in node.handlers):
                return _of_clause(_clause(node.handlers, line, names))
            if isinstance(node, _TRY) and _covers(node.finalbody, line):
                return SWALLOWED, _leaving(node.finalbody, line)
            if isinstance(node, _WITH) and node.lineno <= line <= node.body[0].lineno - 1:
                return SWALLOWED, line
            if isinstance(node, _WITH) and node.lineno == line:
                return SWALLOWED, line
        return CAUGHT, line

    def _tree(self, path: str) -> ast.AST | None:
        if path not in self._trees:
            try:
                self._trees[path] = ast.parse(self._texts.file(path))
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                self._trees[path] = None
        return self._trees[path]


def _clause(
    clauses: list[ast.ExceptHandler], line: int, names: tuple[str, ...]
) -> ast.ExceptHandler:
    """Return the clause that took it; `line` is that of the first one."""
    left = [each for each in clauses if each.lineno >= line]
    for each in left:
        if each.type is None or not _named(each.type).isdisjoint(names):
            return each
    # One whose class has another name here.
    return next((each for each in left if not _named(each.type) - _BUILT_IN), left[0])


def _named(node: ast.AST | None) -> set[str]:
    if isinstance(node, ast.Tuple):
        return set().union(*map(_named, node.elts))
    if isinstance(node, ast.Attribute):
        return {node.attr}
    return {node.id} if isinstance(node, ast.Name) else set()


def _of_clause(clause: ast.ExceptHandler) -> tuple[str, int]:
    return (SWALLOWED if all(map(_does_nothing, clause.body)) else CAUGHT), clause.lineno


def _does_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Return):
        return statement.value is None or isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    return isinstance(statement, (ast.Pass, ast.Continue, ast.Break))


def _covers(body: list[ast.stmt], line: int) -> bool:
    return bool(body) and body[0].lineno <= line <= (body[-1].end_lineno or body[-1].lineno)


def _leaving(body: Iterable[ast.stmt], line: int) -> int:
    """Return the line of the `return` that leaves a `finally`."""
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, _LEAVING):
                return node.lineno
    return line
