"""The values of the names that a line reads, behind the line: `total += i    # i = 3`."""

from __future__ import annotations

import sys

from ..described.reading import identities
from ..runtime.builtins import __builtins__ as __builtins__
from ..swifttrace import value_text
from .direct import Scope
from .paths import Path, paths
from .watch_state import NO_VALUE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

    from .paths import LinePaths

    Plan = tuple[tuple[str, ...], tuple[tuple[Path, str], ...], tuple[str, ...]]
    """The names that are read, attributes with their texts, the names that are read besides."""


class Used:
    """The functions that the native module calls."""

    def __init__(self, has_secrets: bool, width: int) -> None:
        self.has_secrets, self.width = has_secrets, width

    def plan(self, code: CodeType) -> dict[int, Plan]:
        """Return what is read, by the lines' numbers."""
        found = {}
        for number, line in paths(code).items():
            names = tuple(name for name in line.reads if _is_shown(name))
            attributes = _attributes(line)
            besides = tuple(name for name in names if line.reads[name] > _count(name, attributes))
            if besides or attributes:
                found[number] = names, attributes, besides
        return found

    def begin(self, frame: FrameType, plan: Plan) -> str:
        """Return what the names are bound to. An attribute that only code can tell is left out."""
        names, attributes, besides = plan
        scope = Scope(frame, names)
        shown: dict[str, str] = {}
        for name in names:
            if name in besides:
                self._add(shown, name, scope.value(name))
            for path, text in attributes:
                if path.name == name and not self._add(shown, text, scope.follow(path)):
                    self._add(shown, name, scope.value(name))
        return ", ".join(shown.values())

    def _add(self, shown: dict[str, str], text: str, value: Any) -> bool:
        """Add a value, if there is one; return whether there was."""
        if value is NO_VALUE:
            return False
        is_open = id(type(value)) in _OPEN or issubclass(type(value), type)
        if not is_open and text not in shown:
            name = text.rpartition(".")[2]
            said = value_text(value, self.has_secrets, name, self.width)
            shown[text] = f"{text} = {said}"
        return True


_OPEN = identities(type(sys), type(Used.plan), type(len), type(dict.get))
"""What is called, or looked into, and says nothing: modules, functions, methods."""


def _attributes(line: LinePaths) -> tuple[tuple[Path, str], ...]:
    """Return the attributes that are read, with their texts: `item.kind`."""
    found = {}
    for path in line.attributes:
        words = [path.name, *(str(what) for kind, what in path.steps if kind == ".")]
        if _is_shown(path.name) and len(words) == len(path.steps) + 1:
            found[path] = ".".join(words)
    return tuple(found.items())


def _count(name: str, attributes: tuple[tuple[Path, str], ...]) -> int:
    return sum(path.name == name for path, _ in attributes)


def _is_shown(name: str) -> bool:
    return name.isidentifier() and not name.startswith("__")
