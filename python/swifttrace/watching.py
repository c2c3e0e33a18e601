"""Finds the line that changes what an expression says."""

from __future__ import annotations

import ast
import builtins
from collections import OrderedDict

from .imports import LazyImport
from .outside import arguments, is_from_outside, modules
from .swifttrace import code as code_of_frame
from .swifttrace import evaluate, value_text, variables
from .unpatched import __builtins__ as __builtins__
from .watched import NO_VALUE, Said, State, keep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

    from .watched import Key

_ROOM = 50
_TURNS = 100
_OPTIMIZED = 0x1
_CALL, _RETURN, _YIELD, _LEAVE = 1, 3, 4, 6
"""Of `Tracer.HookEvent`."""


class Expression:
    """One that is watched. Raises `ValueError` where it does not compile."""

    def __init__(self, text: str, show_secrets: bool) -> None:
        if not isinstance(text, str):
            raise TypeError(f"watch needs expressions of type str, not {text!r}")
        self.text = " ".join(text.split())
        tree, self.code = _compiled(text)
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        stored = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        self.names = {node.id for node in names} - stored
        self.places = tuple(self.names)
        self.is_name = isinstance(tree.body, ast.Name)
        self.root = _root(tree.body, self.names)
        self.show_secrets = show_secrets
        self.changes = 0
        self.scopes: OrderedDict[Key, State] = OrderedDict()
        """By the frame or the module whose names it is about."""
        self.objects: OrderedDict[Key, State] = OrderedDict()
        """By the object whose attribute or item it is: others may have changed that."""

    def change(self, event: int, frame: FrameType) -> str | None:
        """Return what has changed since this was last asked."""
        if event == _CALL:
            self._forget(frame)
            self._forget_others_names(frame)
        found, unbound = variables(frame, self.places)
        scope, owner = self._place(frame, found, unbound)
        change = None if scope is None else self._changed(scope, owner, frame, found, unbound)
        if event in (_RETURN, _LEAVE):
            self._forget(frame)
        return change

    def _forget(self, frame: FrameType) -> None:
        self.scopes.pop(("frame", id(frame)), None)

    def _forget_others_names(self, frame: FrameType) -> None:
        """A module begins without names, in memory that may have been another's."""
        names = frame.f_globals
        if code_of_frame(frame).co_name == "<module>" and self.names.isdisjoint(names):
            self.scopes.pop(("module", id(names)), None)

    def _changed(
        self, scope: Key, owner: object, frame: FrameType, found: dict[str, Any], unbound: list[str]
    ) -> str | None:
        before = self.scopes.get(scope)
        is_same = before is not None and before.is_of(owner)
        state = before if before is not None and is_same else self._known(owner)
        # Of a name that is bound anew: what it said of the object before.
        compared = before or state
        for _turn in range(_TURNS):
            changes = self.changes
            value, error = self._evaluated(frame, found, unbound)
            if is_same and state.said is not None and state.said.was(value):
                return None
            new = Said(value, error or value_text(value, self.show_secrets, self.text))
            if changes == self.changes:  # No other thread has looked meanwhile, with later news.
                break
        # Nothing is called from there to here: no other thread comes in between.
        old, state.said = compared.said, new
        self.changes += 1
        keep(self.scopes, scope, state)
        if old is None or not old.differs(new):
            return None
        return f"{self.text} = {old.text} → {new.text}"

    def _known(self, owner: object) -> State:
        if owner is None:
            return State(owner)
        key = "object", id(owner)
        state = self.objects.setdefault(key, State(owner))  # Another thread's, perhaps.
        if not state.is_of(owner):
            state = self.objects[key] = State(owner)
        keep(self.objects, key, state)
        return state

    def _place(
        self, frame: FrameType, found: dict[str, Any], unbound: list[str]
    ) -> tuple[Key | None, object]:
        """Whose names it is about, and the object whose attribute or item it is.

        None where the expression says nothing here: its names are somewhere else.
        """
        names, root = frame.f_globals, self.root
        if root in unbound and root in modules():  # It is about to be imported.
            found[root] = modules()[root]
            return ("modules", 0), found[root]
        if (found or unbound) and code_of_frame(frame).co_name != "<module>":
            return ("frame", id(frame)), found.get(root)
        scope = "module", id(names)
        if root and root in names:
            return scope, names[root]
        if unbound or scope in self.scopes or not self.names.isdisjoint(names):
            return scope, None
        if root in modules():
            return ("modules", 0), modules()[root]
        return (("modules", 0) if self.names <= vars(builtins).keys() else None), None

    def _evaluated(
        self, frame: FrameType, found: dict[str, Any], unbound: list[str]
    ) -> tuple[object, str]:
        """What it is, and what it raises, if anything."""
        names = frame.f_globals
        lazy = self._lazy_import(names, found)
        if lazy is not None:  # To look at it would be to import it.
            return NO_VALUE, value_text(lazy, self.show_secrets)
        for name in self.names:
            is_known = self.is_name or name in names or hasattr(builtins, name)
            if name in modules() and not is_known:
                found.setdefault(name, modules()[name])
        if "__builtins__" not in names:
            names = {**names, "__builtins__": builtins}  # `eval` would add it to the program's.
        if code_of_frame(frame).co_flags & _OPTIMIZED:
            found = _Names(found, unbound)
        return self._value(names, found)

    def _lazy_import(self, names: dict[str, Any], found: dict[str, Any]) -> object | None:
        """Return what a lazy import (PEP 810) has bound to one of the names, if any."""
        if LazyImport is None:
            return None
        values = [found.get(name, names.get(name)) for name in self.names]
        return next((value for value in values if type(value) is LazyImport), None)

    def _value(self, names: dict[str, Any], found: dict[str, Any]) -> tuple[object, str]:
        # A short function: without memory the interpreter enters a handler for ever that lies
        # beyond the 256th instruction, whose number is an object to be made.
        try:
            value = evaluate(self.code, names, found)  # the user's own words
        except BaseException as error:
            if is_from_outside(error) or self._comes_once(error, names, found):
                raise
            if isinstance(error, RecursionError):
                _need_room()
            return NO_VALUE, f"raises {type(error).__name__}"
        return value, ""

    def _comes_once(
        self, error: BaseException, names: dict[str, Any], found: dict[str, Any]
    ) -> bool:
        """Whether another thread has raised it, as a function of the expression's returned."""
        if arguments(error):
            return False
        try:
            evaluate(self.code, names, found)
        except BaseException as again:
            return type(again) is not type(error)
        return True


class _Names(dict[str, object]):
    """A function's variables. One that is not bound is not a global of that name."""

    def __init__(self, found: dict[str, Any], unbound: list[str]) -> None:
        super().__init__(found)
        self.unbound = unbound

    def __missing__(self, name: str) -> Any:
        raise NameError(name) if name in self.unbound else KeyError(name)


def _compiled(text: str) -> tuple[ast.Expression, CodeType]:
    try:
        tree = ast.parse(text.strip(), "<watch>", "eval")
        return tree, compile(tree, "<watch>", "eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or str(error) or "memory ran out"
        raise ValueError(f"watch {text!r}: {reason}") from None


def _root(node: ast.expr, names: set[str]) -> str:
    """The name of the object whose attribute or item it is; nothing for others, as `a[i]`."""
    if not isinstance(node, (ast.Attribute, ast.Subscript)):
        return ""
    inner: ast.expr = node
    while isinstance(inner, (ast.Attribute, ast.Subscript)):
        inner = inner.value
    return inner.id if isinstance(inner, ast.Name) and names == {inner.id} else ""


def _need_room(frames: int = _ROOM) -> None:
    """Raise `RecursionError` where it is the program that has left none, not the expression."""
    if frames:
        _need_room(frames - 1)


class Watch:
    """Some expressions; `hook` is called at each event of code in scope."""

    def __init__(self, expressions: tuple[str, ...], show_secrets: bool = False) -> None:
        self.expressions = [Expression(text, show_secrets) for text in expressions]

    def hook(self, event: int, frame: FrameType, number: int, argument: object) -> str | None:
        changes = [change for each in self.expressions if (change := each.change(event, frame))]
        return ", ".join(changes) if changes else None


def stop(event: int, frame: FrameType, number: int, argument: object) -> None:
    """Open pdb where the frame is. `Pdb.set_trace` waits for what comes after that."""
    import pdb

    debugger = pdb.Pdb()
    debugger.set_trace(frame)
    debugger.set_step()
    is_return = event in (_RETURN, _YIELD)
    debugger.trace_dispatch(frame, "return" if is_return else "line", argument)
