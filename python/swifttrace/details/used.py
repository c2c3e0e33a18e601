"""The values of the names that a line reads, behind the line: `total += i    # i = 3`."""

from __future__ import annotations

import sys

from ..described.reading import identities
from ..runtime.builtins import __builtins__ as __builtins__
from ..swifttrace import value_text
from .direct import Scope
from .paths import paths
from .watch_state import NO_VALUE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType


class Used:
    """The functions that the native module calls."""

    def __init__(self, has_secrets: bool, width: int) -> None:
        self.has_secrets, self.width = has_secrets, width

    def plan(self, code: CodeType) -> dict[int, tuple[str, ...]]:
        """Return the names that are read, by the lines' numbers."""
        found = {}
        for number, line in paths(code).items():
            names = [name for name, count in line.reads.items() if count > 0 and _is_shown(name)]
            if names:
                found[number] = tuple(names)
        return found

    def begin(self, frame: FrameType, names: tuple[str, ...]) -> str:
        """Return what the names are bound to."""
        scope = Scope(frame, names)
        shown = []
        for name in names:
            value = scope.value(name)
            if value is NO_VALUE or id(type(value)) in _OPEN or issubclass(type(value), type):
                continue
            shown.append(f"{name} = {value_text(value, self.has_secrets, name, self.width)}")
        return ", ".join(shown)


_OPEN = identities(type(sys), type(Used.plan), type(len), type(dict.get))
"""What is called, or looked into, and says nothing: modules, functions, methods."""


def _is_shown(name: str) -> bool:
    return name.isidentifier() and not name.startswith("__")
