"""Finds the line that changes what an expression says."""

from __future__ import annotations

import ast
import builtins
import sys

from . import swifttrace as native
from .handlers import is_of_a_handler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

    Key = tuple[str, int]

_IMMUTABLE = (int, float, str, bytes, bool, type(None))
_MOST_STATES = 10_000
_ROOM = 50


class Expression:
    """One that is watched. Raises `ValueError` where it does not compile."""

    def __init__(self, text: str, show_secrets: bool) -> None:
        if not isinstance(text, str):
            raise TypeError(f"watch needs expressions of type str, not {text!r}")
        self.text = " ".join(text.split())
        try:
            tree = ast.parse(text.strip(), "<watch>", "eval")
            self.code: CodeType = compile(tree, "<watch>", "eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            reason = getattr(error, "msg", None) or str(error) or "memory ran out"
            raise ValueError(f"watch {text!r}: {reason}") from None
        self.names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        self.places = tuple(self.names)
        self.root = _root(tree.body)
        self.is_secret = not show_secrets and native.is_secret(self.text)
        self.states: dict[Key, tuple[object, str]] = {}

    def change(self, frame: FrameType) -> str | None:
        """Return what has changed since this was last asked, of the same object."""
        found = native.variables(frame, self.places)
        key = self._key(frame, found)
        if key is None:
            return None
        value, text = self._evaluated(frame, found)
        known = self.states.get(key)
        if known is not None and known[0] is value and type(value) in _IMMUTABLE:
            return None
        if len(self.states) > _MOST_STATES:
            self.states.clear()
        self.states[key] = (value if type(value) in _IMMUTABLE else None, text)
        if known is None or known[1] == text:
            return None
        return f"{self.text} = {self._shown(known[1])} → {self._shown(text)}"

    def _shown(self, text: str) -> str:
        return "***" if self.is_secret else text

    def _key(self, frame: FrameType, found: dict[str, Any]) -> Key | None:
        """What the value belongs to: an object, or the names of a frame or a module.

        None where the expression says nothing here: its names are somewhere else.
        """
        if self.root and self.root in found:
            return "object", id(found[self.root])
        local = "frame", id(frame)
        if not self.names.isdisjoint(found) or local in self.states:
            return local
        names = frame.f_globals
        if self.root and self.root in names:
            return "object", id(names[self.root])
        module = "module", id(names)
        if not self.names.isdisjoint(names) or module in self.states:
            return module
        if self.root in sys.modules:
            return "object", id(sys.modules[self.root])
        return ("module", 0) if self.names <= vars(builtins).keys() else None

    def _evaluated(self, frame: FrameType, found: dict[str, Any]) -> tuple[object, str]:
        names = frame.f_globals
        for name in self.names:
            if name in sys.modules and not (name in names or hasattr(builtins, name)):
                found.setdefault(name, sys.modules[name])
        try:
            value = eval(self.code, names, found)  # the user's own words
        except BaseException as error:
            if is_of_a_handler(error):
                raise
            if isinstance(error, RecursionError):
                _need_room()
            return error, f"raises {type(error).__name__}"
        text = native.value_text(value)
        return value, f"{text} of {len(value)}" if _is_cut(value, text) else text


def _root(node: ast.expr) -> str:
    """The name of the object whose attribute or item it is; nothing for others."""
    if not isinstance(node, (ast.Attribute, ast.Subscript)):
        return ""
    inner: ast.expr = node
    while isinstance(inner, (ast.Attribute, ast.Subscript)):
        inner = inner.value
    return inner.id if isinstance(inner, ast.Name) else ""


def _need_room(frames: int = _ROOM) -> None:
    """Raise `RecursionError` where it is the program that has left none, not the expression."""
    if frames:
        _need_room(frames - 1)


def _is_cut(value: object, text: str) -> bool:
    return "…" in text and type(value) in (list, tuple, dict, set, frozenset, str, bytes)


class Watch:
    """Some expressions; `hook` is called at each event of code in scope."""

    def __init__(
        self, expressions: tuple[str, ...], stop: bool = False, show_secrets: bool = False
    ) -> None:
        self.expressions = [Expression(text, show_secrets) for text in expressions]
        self.stop = stop

    def hook(self, event: int, frame: FrameType, number: int, argument: object) -> str | None:
        changes = [change for each in self.expressions if (change := each.change(frame))]
        if not changes:
            return None
        if self.stop:
            import pdb

            pdb.Pdb().set_trace(frame)
        return ", ".join(changes)
