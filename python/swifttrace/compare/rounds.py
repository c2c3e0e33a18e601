"""The rounds of loops that reach a line, and the other rounds: what each kind had."""

from __future__ import annotations

import ast
import re
from collections import Counter

from ..runtime.builtins import __builtins__ as __builtins__
from . import events
from .canonical import Canonical, changes, parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .events import Event, Process

    Place = tuple[str, int]
    Name = tuple[str, int, str]
    """Where a name had a value: the file, the line, the name."""

_USED = re.compile(r"    # (?=[\w.]+ = )")
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_MOST_VALUES = 2_000
"""How many values of a name are told apart."""
_MOST_NUMBERS = 8
_MOST_KNOWN = 100_000
RESULT = ""
"""The name of what a function returns or yields."""


class Side:
    """What the rounds of one kind had."""

    def __init__(self) -> None:
        self.count = 0
        self.values: dict[Name, Counter[str]] = {}
        """In how many rounds a name had each value."""
        self.had: Counter[Name] = Counter()
        """In how many rounds a name had any."""
        self.ran: Counter[Place] = Counter()

    def add(self, current: Round) -> None:
        """Count a round."""
        self.count += 1
        self.ran.update(current.places.keys())
        self.had.update(current.values.keys())
        for name, found in current.values.items():
            known = self.values.setdefault(name, Counter())
            if len(known) < _MOST_VALUES or found <= known.keys():
                known.update(found)


class Round:
    """One round of a loop, while it runs; what comes after the line counts no more."""

    def __init__(self) -> None:
        self.places: dict[Place, None] = {}
        self.values: dict[Name, set[str]] = {}
        self.has_reached = self.has_run = False


class Loop:
    """A loop of the source, with what its rounds had."""

    def __init__(self, path: str, node: ast.stmt) -> None:
        self.path = path
        self.line, self.end = node.lineno, node.end_lineno or node.lineno
        self.reached, self.others = Side(), Side()
        self.numbers: list[int] = []
        """Of the first rounds that reached the line."""
        self.order: dict[Place, None] = {}
        """The lines of the first of these, in their order."""

    @property
    def rounds(self) -> int:
        """How many there were."""
        return self.reached.count + self.others.count

    def end_round(self, current: Round) -> None:
        """Count a round that is over. One that runs nothing of the body is the end of a `for`."""
        if not current.has_run:
            return
        side = self.reached if current.has_reached else self.others
        side.add(current)
        if current.has_reached and len(self.numbers) < _MOST_NUMBERS:
            self.order = self.order or current.places
            self.numbers.append(self.rounds)


class _File:
    """The loops of one file, and the function that each line is of."""

    def __init__(self, path: str) -> None:
        self.loops: list[tuple[Loop, int]] = []
        self.owners: dict[int, int] = {}
        try:
            with open(path, "rb") as file:
                tree = ast.parse(file.read())
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            return
        self._look(path, tree)

    def _look(self, path: str, tree: ast.AST) -> None:
        # Not by recursion: an expression may have thousands of levels.
        work = [(tree, 0)]
        while work:
            node, owner = work.pop()
            if isinstance(node, _LOOPS):
                self.loops.append((Loop(path, node), owner))
            elif isinstance(node, _FUNCTIONS):
                owner = node.lineno
                first = node.body[0].lineno
                self.owners |= dict.fromkeys(range(first, (node.end_lineno or first) + 1), owner)
            children = [(child, owner) for child in ast.iter_child_nodes(node)]
            work += reversed(children)

    def at(self, line: int) -> tuple[list[Loop], list[Loop]]:
        """Return the loops of which a round begins at a line, and those that it is outside of."""
        owner = self.owners.get(line, 0)
        begins = [loop for loop, _ in self.loops if loop.line == line]
        ends = [
            loop
            for loop, its_owner in self.loops
            if its_owner == owner and not loop.line <= line <= loop.end
        ]
        return begins, ends


class Rounds:
    """The rounds of all loops of a run, and which of them reach a line."""

    def __init__(self, processes: Iterable[Process], path: str, line: int) -> None:
        self.texts: dict[Place, str] = {}
        """The text of each line."""
        self.target: Place | None = None
        """The line that is asked about, by the whole name of its file, if that ran."""
        self._path, self._line = path, line
        self._files: dict[str, _File] = {}
        self._known: dict[tuple[int, str], list[tuple[str, str]]] = {}
        self._at: dict[Place, tuple[list[Loop], list[Loop]]] = {}
        for process in processes:
            self._read(process)

    def _read(self, process: Process) -> None:
        threads: dict[str, dict[Loop, Round]] = {}
        canonical = Canonical(process.process, process.began)
        for event in process.events():
            current = threads.setdefault(event.thread, {})
            place = event.path, event.line
            text = event.text
            if event.kind == events.LINE:
                used = _USED.search(text)
                self._enter(place, text[: used.start()] if used else text, current)
                text = text[used.end() :] if used else ""
            left = [each for each in current.values() if not each.has_reached]
            for name, value in self._bound(event, text, canonical) if left and text else ():
                for each in left:
                    each.values.setdefault((*place, name), set()).add(value)
            if place == self.target and event.kind == events.LINE:
                for each in current.values():
                    each.has_reached = True
        for current in threads.values():
            for loop, each in current.items():
                loop.end_round(each)

    def _bound(self, event: Event, text: str, canonical: Canonical) -> list[tuple[str, str]]:
        """Return the names that an event tells the values of, each with its value."""
        key = event.kind, text
        known = self._known.get(key)
        if known is None:
            bound = _bound(event, text)
            known = [(name, canonical.value(value, name)) for name, value in bound]
            if len(self._known) < _MOST_KNOWN:
                self._known[key] = known
        return known

    def _enter(self, place: Place, text: str, current: dict[Loop, Round]) -> None:
        """Begin and end rounds at a line."""
        if place not in self._at:
            self._meet(place, text)
        begins, ends = self._at[place]
        for loop in (*begins, *ends):
            if loop in current:
                loop.end_round(current.pop(loop))
        for loop in begins:
            current[loop] = Round()
        path, line = place
        for loop, each in current.items():
            if path == loop.path and loop.line < line <= loop.end:
                each.has_run = True
            if not each.has_reached:
                each.places.setdefault(place)

    def _meet(self, place: Place, text: str) -> None:
        path, line = place
        self.texts[place] = text
        if line == self._line and f"/{path}".endswith(f"/{self._path}"):
            self.target = place
        if path not in self._files:
            self._files[path] = _File(path)
        self._at[place] = self._files[path].at(line)

    def loop(self) -> Loop | None:
        """Return the loop with the most rounds of which some reach the line and others do not."""
        every = [loop for file in self._files.values() for loop, _ in file.loops]
        telling = [loop for loop in every if loop.reached.count and loop.others.count]
        return max(telling, key=lambda loop: loop.rounds, default=None)

    def always(self) -> bool:
        """Whether there is a loop all rounds of which reach the line."""
        files = self._files.values()
        return any(loop.reached.count for file in files for loop, _ in file.loops)


def _bound(event: Event, text: str) -> list[tuple[str, str]]:
    """Return the names that an event tells the values of."""
    if event.kind in (events.LINE, events.VALUE):
        return [(name, value) for name, value in changes(text) if name[:1] != "@"]
    if event.kind == events.CALL:
        found = [part.partition("=") for part in parts(text.removesuffix(")"), ", ")]
        return [(name.lstrip("*"), value) for name, is_bound, value in found if is_bound]
    if event.kind in (events.RETURN, events.YIELD):
        return [(RESULT, text)]
    return []
