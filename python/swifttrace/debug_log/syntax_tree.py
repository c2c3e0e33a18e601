"""The syntax tree of a source as text: what `ast.dump` writes of it, without `ast`.

That module hangs functions of its own on the nodes' types, which the interpreter keeps to its
end. With them would stay `os` and all that the program hangs there.
"""

from __future__ import annotations

from _ast import AST, Constant, Load, MatchSingleton, PyCF_ONLY_AST

from ..runtime.builtins import __builtins__ as __builtins__

_FIELDS_IN_A_LINE = 3


def dumped(source: bytes) -> str:
    """Return the tree of a source; raises what `compile` does.

    Fields that are empty are left out, as 3.15's do.
    """
    return _node(compile(source, "<unknown>", "exec", PyCF_ONLY_AST, dont_inherit=True), 0)


def _node(node: object, level: int) -> str:
    if isinstance(node, AST):
        return f"{type(node).__name__}({_fields(_filled(node), level)})"
    if isinstance(node, list):
        return f"[{_lines([_node(each, level + 1) for each in node], level)}]"
    return repr(node)


def _filled(node: AST) -> list[tuple[str, object]]:
    fields = [(name, getattr(node, name, None)) for name in node._fields]
    kept = "value" if isinstance(node, (Constant, MatchSingleton)) else ""
    return [field for field in fields if field[0] == kept or not _is_empty(field[1])]


def _is_empty(value: object) -> bool:
    return value is None or value == [] or isinstance(value, Load)


def _fields(fields: list[tuple[str, object]], level: int) -> str:
    parts = [f"{name}={_node(value, level + 1)}" for name, value in fields]
    is_short = len(parts) <= _FIELDS_IN_A_LINE and all(_is_simple(value) for _, value in fields)
    return ", ".join(parts) if is_short else _lines(parts, level)


def _is_simple(value: object) -> bool:
    return not isinstance(value, list) and not (isinstance(value, AST) and _filled(value))


def _lines(parts: list[str], level: int) -> str:
    indentation = "\n" + " " * (level + 1)
    return indentation + f",{indentation}".join(parts)
