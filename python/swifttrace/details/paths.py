"""Which objects the instructions of a line read or change, by the names that lead to them."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__
from .instructions import (
    COMMON_CONSTANTS,
    HAS_METHOD_BIT,
    KNOWN,
    STORES,
    SUBSCRIPT_OPERATION,
    Instruction,
    instructions,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

_LIST = "append clear extend insert pop remove reverse sort"
_MORE = "rotate setdefault symmetric_difference_update update move_to_end"
_OTHERS = "add appendleft difference_update discard extendleft intersection_update popitem popleft"
METHODS = frozenset((*_LIST.split(), *_OTHERS.split(), *_MORE.split()))
"""Those by which containers change."""
_KEYS = (str, int, bool, float, bytes, type(None))
_MOST_STEPS = 6


class Path:
    """A name, and the attributes and items that lead on from there."""

    __slots__ = ("name", "steps")

    def __init__(self, name: str, steps: tuple[Step, ...] = ()) -> None:
        self.name = name
        self.steps = steps

    def then(self, step: Step) -> Path | None:
        return Path(self.name, (*self.steps, step)) if len(self.steps) < _MOST_STEPS else None

    def __eq__(self, other: object) -> bool:
        return type(other) is Path and (self.name, self.steps) == (other.name, other.steps)

    def __hash__(self) -> int:
        return hash((self.name, self.steps))


class Key:
    """A constant, as it stands in the source."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


Step = tuple[str, "str | Path | Key"]
"""An attribute and its name, or an item and what its key is."""


class LinePaths:
    """Those of one line."""

    __slots__ = ("attributes", "containers", "items", "reads")

    def __init__(self) -> None:
        self.items: list[Path] = []
        """Attributes and items that are bound or deleted."""
        self.containers: list[Path] = []
        """Objects that change as a whole."""
        self.attributes: list[Path] = []
        """Attributes that are read, but for those that lead on to others."""
        self.reads: dict[str, int] = {}
        """How often each name is read, but for names whose objects are changed."""


class _Reader:
    """Follows the stack of one code object, as far as it has paths on it."""

    def __init__(self, code: CodeType) -> None:
        self.names, self.constants = code.co_names, code.co_consts
        self.variables = _variables(code)
        self.stack: list[Path | Key | None] = []
        self.lines: dict[int, LinePaths] = {}
        for each in instructions(code):
            line = self.lines.get(each.line) or self.lines.setdefault(each.line, LinePaths())
            self._step(each, line)

    def _step(self, each: Instruction, line: LinePaths) -> None:
        name, argument = each.name, each.argument
        if "local" in name or "shared" in name or "name" in name or "global" in name:
            self._load(name, argument, line)
        elif name == "common constant":
            is_key = argument in COMMON_CONSTANTS
            self.stack.append(Key(COMMON_CONSTANTS[argument]) if is_key else None)
        elif name in ("constant", "small integer"):
            value = argument if name == "small integer" else self.constants[argument]
            self.stack.append(Key(value) if type(value) in _KEYS else None)
        elif name in ("attribute", "method"):
            self._attribute(name, argument, line)
        elif name == "subscript" or (name == "operation" and argument == SUBSCRIPT_OPERATION):
            key, owner = self._pop(), self._pop()
            self.stack.append(_item(owner, key))
        elif name.startswith(("store", "delete")):
            self._change(name, argument, line)
        else:
            self._move(each)

    def _load(self, name: str, argument: int, line: LinePaths) -> None:
        if name == "store and local":
            self._pop()
            found = [self.variables[argument & 15]]
        elif name.startswith("two"):
            found = [self.variables[argument >> 4], self.variables[argument & 15]]
        elif "local" in name or "shared" in name:
            found = [self.variables[argument]]
        else:
            if name == "global":
                if argument & 1 and not _PUSHES_NULL_LATE:
                    self.stack.append(None)
                argument >>= 1
            found = [self.names[argument]]
        for each in found:
            line.reads[each] = line.reads.get(each, 0) + 1
            self.stack.append(Path(each))

    def _attribute(self, name: str, argument: int, line: LinePaths) -> None:
        is_method = name == "method" or (HAS_METHOD_BIT and bool(argument & 1))
        attribute = self.names[argument >> 1 if HAS_METHOD_BIT else argument]
        owner = self._pop()
        if attribute in METHODS and isinstance(owner, Path):
            line.containers.append(owner)
        found = owner.then((".", attribute)) if isinstance(owner, Path) else None
        if found is not None and not is_method:
            if isinstance(owner, Path) and owner in line.attributes:
                line.attributes.remove(owner)
            line.attributes.append(found)
        self.stack += [None, owner] if is_method else [found]

    def _change(self, name: str, argument: int, line: LinePaths) -> None:
        if name == "store two":
            self.stack[-2:] = []
            return
        keys = {"store slice": 2, "store subscript": 1, "delete subscript": 1}.get(name, 0)
        found = [self._pop() for _turn in range(keys)]
        owner = self._pop()
        if name.startswith("store"):
            self._pop()
        if not isinstance(owner, Path):
            return
        if not owner.steps and line.reads.get(owner.name):
            line.reads[owner.name] -= 1
        step = (".", self.names[argument]) if keys == 0 else None
        path = owner.then(step) if step else _item(owner, found[0]) if keys == 1 else None
        if path is not None:
            line.items.append(path)
        elif keys:
            line.containers.append(owner)

    def _move(self, each: Instruction) -> None:
        name, argument = each.name, each.argument
        if name == "copy":
            self.stack.append(self.stack[-argument] if argument <= len(self.stack) else None)
        elif name == "swap" and argument <= len(self.stack):
            self.stack[-1], self.stack[-argument] = self.stack[-argument], self.stack[-1]
        elif name.startswith(("jump", "return", "raise")):
            self.stack.clear()
        else:
            self._take(each.effect())

    def _take(self, effect: int) -> None:
        """Of an instruction that leaves one object, or takes some away."""
        for _turn in range(1 - effect):
            self._pop()
        self.stack += [None] * max(effect, 1 if effect <= 0 else effect)

    def _pop(self) -> Path | Key | None:
        return self.stack.pop() if self.stack else None


_PUSHES_NULL_LATE = "two locals" in KNOWN.values()
"""The NULL of a call lies above what is called (3.13)."""


def _item(owner: Path | Key | None, key: Path | Key | None) -> Path | None:
    return owner.then(("[", key)) if isinstance(owner, Path) and key is not None else None


def _variables(code: CodeType) -> tuple[str, ...]:
    """In the order in which a frame has them."""
    others = [each for each in code.co_cellvars if each not in code.co_varnames]
    return (*code.co_varnames, *others, *code.co_freevars)


def may_change(code: CodeType) -> bool:
    """Whether any of its lines may change an object; asked first, as most code does not."""
    if not METHODS.isdisjoint(code.co_names):
        return True
    operations = code.co_code[::2]
    # No generator: 3.13 frees its code where there is no memory to make it.
    for each in STORES:  # noqa: SIM110
        if each in operations:
            return True
    return False


def paths(code: CodeType) -> dict[int, LinePaths]:
    """Return those of each line; none where this Python's instructions are not known."""
    try:
        return _Reader(code).lines if KNOWN else {}
    except (IndexError, ValueError):  # Made by hand.
        return {}
