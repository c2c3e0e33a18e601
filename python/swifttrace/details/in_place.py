"""What a line changes within objects: `# p.x = 0 → 3`, `# d['a'] = [] → [1]`.

A line's instructions say which attributes, items and containers it may change. They are looked at
before the line and after it; nothing of the program's is kept in between.
"""

from __future__ import annotations

from ..described.reading import KEYS
from ..runtime.builtins import __builtins__ as __builtins__
from ..swifttrace import value_text
from .direct import CONTAINERS, DICTIONARIES, SEQUENCES, Scope, attribute, item
from .paths import Path, may_change, paths
from .watch_state import NO_VALUE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

    State = tuple[str, int, int, int, str | None]
    Plan = tuple[tuple[str, ...], tuple[Path, ...], tuple[Path, ...]]

_MOST_ITEMS = 8
_MOST_NEW = 3


class InPlace:
    """The functions that the native module calls."""

    def __init__(self, has_secrets: bool, width: int) -> None:
        self.has_secrets, self.width = has_secrets, width
        self.waiting: dict[int, tuple[Plan, list[State]]] = {}
        """What was found before the line that runs, by the frame's identity."""

    def plan(self, code: CodeType) -> dict[int, Plan]:
        """Return what is to be looked at, by the lines' numbers."""
        if not may_change(code):
            return {}
        found: dict[int, Plan] = {}
        for number, line in paths(code).items():
            items, containers = _without_special(line.items), _without_special(line.containers)
            if items or containers:
                names = {name for path in (*items, *containers) for name in _names(path)}
                found[number] = tuple(names), items, containers
        return found

    def begin(self, frame: FrameType, plan: Plan) -> None:
        """Look at what a line may change."""
        self.waiting[id(frame)] = plan, self._states(frame, plan)

    def end(self, frame: FrameType) -> str:
        """Return what the line has changed."""
        plan, before = self.waiting.pop(id(frame), (None, []))
        if plan is None:
            return ""
        now = Scope(frame, plan[0])
        old = {state[0]: state for state in before}
        changes = [self._item_change(old, now, path) for path in plan[1]]
        changes += [self._container_change(old, now, path) for path in plan[2]]
        return ", ".join(dict.fromkeys(change for change in changes if change))

    def _states(self, frame: FrameType, plan: Plan) -> list[State]:
        scope = Scope(frame, plan[0])
        states = [self._item(scope, path) for path in plan[1]]
        states += [self._container(scope, path) for path in plan[2]]
        return [state for state in states if state is not None]

    # -- an attribute or an item --

    def _item(self, scope: Scope, path: Path) -> State | None:
        owner = scope.follow(Path(path.name, path.steps[:-1]))
        label = self._label(scope, path)
        if owner is NO_VALUE or not label:
            return None
        kind, what = path.steps[-1]
        if kind == ".":
            found = attribute(owner, str(what))
        elif id(type(owner)) in CONTAINERS:
            found = item(owner, scope.key(what))
        else:
            return None
        text = None if found is NO_VALUE else self._text(found, scope, path)
        return label, id(owner), id(found), 0, text

    def _item_change(self, old: dict[str, State], scope: Scope, path: Path) -> str:
        new = self._item(scope, path)
        before = old.get(new[0]) if new else None
        if new is None or before is None or new[1] != before[1] or _is_same(before, new):
            return ""
        if new[4] is None:
            return f"del {new[0]}"
        return f"{new[0]} = {before[4] + ' → ' if before[4] is not None else ''}{new[4]}"

    # -- a container --

    def _container(self, scope: Scope, path: Path) -> State | None:
        found = scope.follow(path)
        label = self._label(scope, path)
        if id(type(found)) not in CONTAINERS or not label:
            return None
        is_small = len(found) <= _MOST_ITEMS
        text = self._text(found, scope, path) if is_small else None
        return label, id(found), id(found), len(found), text

    def _container_change(self, old: dict[str, State], scope: Scope, path: Path) -> str:
        new = self._container(scope, path)
        before = old.get(new[0]) if new else None
        if new is None or before is None or new[1] != before[1]:
            return ""
        if new[4] is not None and before[4] is not None:
            return f"{new[0]} = {before[4]} → {new[4]}" if new[4] != before[4] else ""
        if new[3] == before[3]:
            return ""
        added = self._added(new[0], scope.follow(path), before[3]) if new[3] > before[3] else ""
        return added or f"len({new[0]}) = {before[3]} → {new[3]}"

    def _added(self, label: str, found: Any, before: int) -> str:
        """Return what is new at the end of a large container."""
        if len(found) - before > _MOST_NEW:
            return ""
        if id(type(found)) in SEQUENCES:
            new = [(number, found[number]) for number in range(before, len(found))]
        elif id(type(found)) in DICTIONARIES:
            last = reversed(list(zip(dict.__reversed__(found), range(len(found) - before))))
            new = [
                (key, dict.__getitem__(found, key))
                for key, _number in last
                if id(type(key)) in KEYS
            ]
        else:
            return ""
        return ", ".join(self._pair(label, key, value) for key, value in new)

    def _pair(self, label: str, key: Any, value: Any) -> str:
        name = key if type(key) is str else ""
        shown = value_text(key, self.has_secrets, "", self.width)
        return f"{label}[{shown}] = {value_text(value, self.has_secrets, name, self.width)}"

    # -- texts --

    def _label(self, scope: Scope, path: Path) -> str:
        """Return the path with the values of its keys; empty where one has none."""
        text = path.name
        for kind, what in path.steps:
            if kind == ".":
                text += f".{what}"
                continue
            key = scope.key(what)
            if key is NO_VALUE:
                return ""
            name = what.name if type(what) is Path and not what.steps else ""
            text += f"[{value_text(key, self.has_secrets, name, self.width)}]"
        return text

    def _text(self, value: Any, scope: Scope, path: Path) -> str:
        name = path.name
        if path.steps:
            kind, what = path.steps[-1]
            key = what if kind == "." else scope.key(what)
            name = key if type(key) is str else name
        return value_text(value, self.has_secrets, name, self.width)


def _is_same(before: State, after: State) -> bool:
    """By identity only what was cut, or is not shown by its value."""
    if before[4] != after[4]:
        return False
    return before[2] == after[2] or "…" not in (before[4] or "")


def _without_special(paths: list[Path]) -> tuple[Path, ...]:
    """Leave out what the compiler itself changes, such as `__annotations__`."""
    return tuple(dict.fromkeys(path for path in paths if not path.name.startswith("__")))


def _names(path: Path) -> set[str]:
    names = {path.name}
    for _kind, what in path.steps:
        if type(what) is Path:
            names |= _names(what)
    return names
