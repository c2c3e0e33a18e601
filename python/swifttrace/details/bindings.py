"""What the names of an expression are bound to where code runs, and whose names they are."""

from __future__ import annotations

import _ast
import builtins
import sys

from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.imports import LazyImport
from ..swifttrace import code as code_of_frame
from .watch_state import NO_VALUE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from .watch_state import Key, Place

_Module = type(sys)
_Load, _Name, _Argument = _ast.Load, _ast.Name, _ast.arg
_MODULES = "modules", 0
_MOST_FRAMES = 100
_dictionary = type.__dict__["__dict__"].__get__
_names_of = _Module.__dict__["__dict__"].__get__  # type: ignore[index]


class Names:
    """The names of an expression, by what it does with them."""

    def __init__(self, tree: _ast.AST) -> None:
        self.attributes: dict[str, set[str]] = {}
        """Of names for objects whose attributes, items or results it is about."""
        self.plain: set[str] = set()
        """What these are bound to is what it says itself."""
        stored = set[str]()
        for node, parent, field in _nodes(tree):
            if isinstance(node, _Argument):
                stored.add(node.arg)
            elif isinstance(node, _Name) and not isinstance(node.ctx, _Load):
                stored.add(node.id)
            elif isinstance(node, _Name):
                self._add(node.id, parent, field)
        for name in stored:
            self.attributes.pop(name, None)
        self.plain -= stored
        self.all = tuple(sorted(self.plain | self.attributes.keys()))

    def _add(self, name: str, parent: _ast.AST | None, field: str) -> None:
        if isinstance(parent, _ast.Attribute):
            self.attributes.setdefault(name, set()).add(parent.attr)
        elif isinstance(parent, (_ast.Subscript, _ast.Call)) and field in ("value", "func"):
            self.attributes.setdefault(name, set())
        else:
            self.plain.add(name)


class Bound:
    """What they are bound to. `key` says what there is one state of."""

    __slots__ = ("frames", "is_missing", "key", "loaded", "owners")

    def __init__(self) -> None:
        self.owners: list[object] = []
        self.loaded: dict[str, object] = {}
        """Modules that no scope of the code that runs has a name for."""
        self.frames: list[int] = []
        self.is_missing = False
        self.key: Key = ()

    def add(self, place: Place) -> None:
        self.key = (*self.key, place)
        if place[0] == "frame":
            self.frames.append(place[1])


def bound(
    names: Names, frame: FrameType, found: dict[str, Any], unbound: list[str]
) -> Bound | None:
    """Return what the names are bound to; None if an object is not there, or not loaded yet."""
    if code_of_frame(frame).co_name == "<module>":
        found, unbound = {}, []
    here = Bound()
    for name in names.all:
        value, place = _binding(name, frame, found, unbound)
        attributes = names.attributes.get(name)
        if place is _MODULES:
            here.loaded[name] = value
        if attributes is not None:
            if value is NO_VALUE or _is_unloaded(value, attributes):
                return None
            here.owners.append(value)
            here.add(("object", id(value)))
        if name in names.plain:
            here.is_missing = here.is_missing or value is NO_VALUE
            here.add(place)
    return here


def _binding(
    name: str, frame: FrameType, found: dict[str, Any], unbound: list[str]
) -> tuple[object, Place]:
    if name in found:
        return found[name], ("frame", _owner(name, frame))
    names = frame.f_globals
    if name not in unbound:
        value = dict.get(names, name, NO_VALUE)
        if value is not NO_VALUE:
            return value, ("module", id(names))
        value = _names_of(builtins).get(name, NO_VALUE)
        if value is not NO_VALUE:
            return value, ("builtins", 0)
    modules = getattr(sys, "modules", None)  # Gone at the very end.
    value = dict.get(modules, name, NO_VALUE) if type(modules) is dict else NO_VALUE
    if value is not NO_VALUE:
        return value, _MODULES
    return NO_VALUE, ("frame", id(frame)) if name in unbound else ("module", id(names))


def _owner(name: str, frame: FrameType) -> int:
    """The identity of the frame that a variable is of: of one that encloses it, perhaps."""
    code, outer = code_of_frame(frame), frame.f_back
    if name not in code.co_freevars:
        return id(frame)
    for _turn in range(_MOST_FRAMES):
        if outer is None:
            break
        above = code_of_frame(outer)
        if name in above.co_cellvars and code.co_qualname.startswith(above.co_qualname + "."):
            return id(outer)
        outer = outer.f_back
    return id(frame)


def _is_unloaded(value: object, attributes: set[str]) -> bool:
    """Whether to ask for them could run code that loads a module."""
    kind = type(value)
    if LazyImport is not None and kind is LazyImport:
        return True
    if not issubclass(kind, _Module):
        return False
    names = _names_of(value)
    for each in kind.__mro__:
        if each is _Module:
            break
        if "__getattribute__" in _dictionary(each):
            return True
        if "__getattr__" in _dictionary(each):
            return not attributes <= names.keys()
    if "__getattr__" in names and not attributes <= names.keys():
        return True
    return LazyImport is not None and any(type(names.get(n)) is LazyImport for n in attributes)


def _nodes(
    tree: Any, parent: Any = None, name: str = ""
) -> list[tuple[_ast.AST, _ast.AST | None, str]]:
    """Return all nodes with their parents; `ast.walk` would cost the import of `ast`."""
    nodes = [(tree, parent, name)]
    for field in tree._fields:
        value = getattr(tree, field, None)
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, _ast.AST):
                nodes += _nodes(child, tree, field)
    return nodes
