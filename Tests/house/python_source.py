"""The Python package as a graph: which module imports which, and what its functions take."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

PACKAGE = "swifttrace"
MOST_PARAMETERS = 6


class Module:
    """One file of the package, parsed."""

    def __init__(self, path: Path, root: Path) -> None:
        parts = path.relative_to(root).with_suffix("").parts
        self.is_package = parts[-1] == "__init__"
        self.name = ".".join(parts[:-1] if self.is_package else parts)
        self.package = parts[:-1]
        self.path = path
        self.tree = ast.parse(path.read_text())

    @property
    def folder(self) -> str:
        """The name of its package within ours; its own name where it lies in ours itself."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else parts[0]

    def imported(self) -> set[str]:
        """Return the full names of what it imports of the package, whenever it does."""
        found = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom):
                base = self._base(node)
                found.update([base, *[f"{base}.{each.name}" for each in node.names]])
            elif isinstance(node, ast.Import):
                found.update(each.name for each in node.names)
        return {name for name in found if name.split(".")[0] == PACKAGE}

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        above = self.package[: len(self.package) - node.level + 1]
        return ".".join([*above, *([node.module] if node.module else [])])

    def words(self) -> set[str]:
        """Return the names it uses and its strings but for docstrings."""
        documentation = set(map(id, self._docstrings()))
        found = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if id(node) not in documentation:
                    found.add(node.value)
            else:
                found.update(_names(node))
        return found

    def _docstrings(self) -> list[ast.Constant]:
        return [
            node.value
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ]

    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Return each function and method."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        return [node for node in ast.walk(self.tree) if isinstance(node, kinds)]


def _names(node: ast.AST) -> list[str]:
    fields = {ast.Name: "id", ast.Attribute: "attr", ast.arg: "arg", ast.keyword: "arg"}
    field = fields.get(type(node))
    return [getattr(node, field) or ""] if field else []


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many a caller may give, without `self`."""
    given = function.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return len([each for each in every if each.arg not in ("self", "cls")])


def read_package(root: Path) -> dict[str, Module]:
    """Return the modules below a directory by their full names."""
    modules = [Module(path, root) for path in sorted((root / PACKAGE).rglob("*.py"))]
    return {module.name: module for module in modules}


def uses(modules: dict[str, Module]) -> dict[str, set[str]]:
    """Return which modules each one imports; what is no module is an attribute of one."""
    graph = {name: module.imported() & modules.keys() - {name} for name, module in modules.items()}
    # `from .. import api` names the package only to find what is in it.
    return {name: {each for each in used if each != PACKAGE} for name, used in graph.items()}


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of those that can be reached from each other (Tarjan)."""
    found: list[list[str]] = []
    numbers: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []

    def visit(node: str) -> None:
        numbers[node] = lowest[node] = len(numbers)
        stack.append(node)
        for other in graph.get(node, ()):
            if other not in numbers:
                visit(other)
            if other in stack:
                lowest[node] = min(lowest[node], lowest[other])
        if lowest[node] == numbers[node]:
            place = stack.index(node)
            group = stack[place:]
            del stack[place:]
            if len(group) > 1:
                found.append(sorted(group))

    for node in graph:
        if node not in numbers:
            visit(node)
    return found


def files_with(modules: dict[str, Module], names: list[str]) -> dict[str, list[str]]:
    """Return the modules that each of the names stands in, as a name or as a whole string."""
    found = defaultdict(list)
    for module in modules.values():
        words = module.words()
        for name in names:
            if words & {name, name.replace("_", "-"), f"--{name.replace('_', '-')}"}:
                found[name].append(module.name)
    return dict(found)
