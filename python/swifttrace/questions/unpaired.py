"""`--unpaired A,B`: what was made by A and never undone by B, and which test made it."""

from __future__ import annotations

import os
import posix  # not `os`, whose functions the program may replace

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.interruptions import modules
from ..runtime.process import known_environment
from . import audit
from .answer import Answer, Groups, records_of
from .engine import UNKNOWN
from .names import Target
from .places import is_internal
from .texts import file_name, plural, times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

    from .answer import Tools
    from .places import Chain

    Key = tuple[str, object]

_MOST_OPEN = 100_000
_DESCRIPTORS = "/proc/self/fd"
_REMOVED = " (deleted)"
_FILES = ("open", "close")
_CURRENT_TEST = b"PYTEST_CURRENT_TEST"
_UNDONE = object()


class Made:
    """One thing that A has made."""

    __slots__ = ("chain", "first", "keys", "told")

    def __init__(self, chain: Chain, told: str, first: object) -> None:
        self.chain = chain
        self.told = told
        self.first = first
        """What it is known by if A returns nothing: its first argument, as a key."""
        self.keys: list[Any] = []
        """All that it is known by."""


class _Side:
    """A or B, where that is a function. The engine tells it of calls."""

    def __init__(self, target: Target, called: Callable[..., Any], returned: Any = None) -> None:
        self.target = target
        self.called = called
        self._returned = returned

    def returned(self, call: Any, value: object) -> None:
        """Hear of a result."""
        if self._returned is not None:
            self._returned(call, value)

    def failed(self, call: Any, error: str) -> None:
        """Do nothing: nothing was made."""


class Unpaired:
    """The question for one pair."""

    def __init__(self, tools: Tools, text: str) -> None:
        self._tools = tools
        self.maker, _, self.undoer = text.partition(",")
        self._open: dict[Key, list[Made]] = {}
        self._made = self._undone = self._undoing = 0
        self._unseen = self._blind = 0
        """How many results of A, and how many arguments of B, could not be seen."""
        self.watches: list[tuple[Target, Any]] = []
        self._listening: list[tuple[str, Any]] = []
        self._has_paths = self.maker in audit.KINDS or self.undoer in audit.KINDS
        self._connect(self.maker, self._event_makes, _Side, self._makes, self._has_made)
        if self.is_of_files:
            self._listening.append(("os.rename", self._event_renames))
        else:
            self._connect(self.undoer, self._event_undoes, _Side, self._undoes, None)

    @property
    def is_of_files(self) -> bool:
        """Whether it is about files: the system knows which are open."""
        return (self.maker, self.undoer) == _FILES

    def _connect(self, name: str, heard: Any, side: type[_Side], called: Any, ended: Any) -> None:
        kind = audit.KINDS.get(name)
        if kind is None:
            target = Target(name)
            self.watches.append((target, side(target, called, ended)))
        else:
            self._listening += [(event, heard) for event in kind.events]

    def start(self) -> None:
        """Listen to the audit events that there are."""
        for event, heard in self._listening:
            audit.listen(event, heard)

    def stop(self) -> None:
        """Listen no more."""
        for event, heard in self._listening:
            audit.ignore(event, heard)

    # -- A --

    def _event_makes(self, frame: FrameType | None, event: str, arguments: Any) -> None:
        kind = audit.KINDS[self.maker]
        told = kind.shown(event, arguments, self._tools.texts)
        self._keep([self._key(arguments[0])], self._new(frame, told, None))

    def _event_renames(self, _frame: FrameType | None, _event: str, arguments: Any) -> None:
        """An open file has another name from here on; what had that name is gone."""
        before, after = self._key(arguments[0]), self._key(arguments[1])
        for made in self._open.pop(before, []):
            made.keys = [after]
            self._open.setdefault(after, []).append(made)

    def _makes(
        self, caller: FrameType | None, _name: str, arguments: dict[str, Any]
    ) -> Made | None:
        if caller is not None and is_internal(caller):
            return None
        first = next(iter(arguments.values()), _UNDONE)
        return self._new(caller, self.maker, self._key(first))

    def _has_made(self, made: Made | None, value: object) -> None:
        if made is None:
            return
        if value is UNKNOWN or value is None or type(value) is bool:
            self._unseen += value is UNKNOWN
            self._keep([made.first], made)
            return
        made.told += f" → {self._tools.texts.value(value)}"
        # As of tempfile.mkstemp, which returns a descriptor and a name.
        each = value if type(value) is tuple else ()
        self._keep([self._key(value), *map(self._key, each)], made)

    def _new(self, frame: FrameType | None, told: str, first: object) -> Made:
        test = _test_of(frame)
        told += f", in {test}" if test else ""
        return Made(self._tools.project.chain(frame), told, first)

    def _keep(self, keys: list[Any], made: Made) -> None:
        self._made += 1
        made.keys = keys
        if len(self._open) < _MOST_OPEN:
            for key in keys:
                self._open.setdefault(key, []).append(made)

    # -- B --

    def _event_undoes(self, _frame: FrameType | None, _event: str, arguments: Any) -> None:
        self._undo([arguments[0]])

    def _undoes(self, _caller: FrameType | None, _name: str, arguments: dict[str, Any]) -> None:
        self._undo(list(arguments.values()))

    def _undo(self, values: list[object]) -> None:
        self._undoing += 1
        self._blind += not values
        for value in values:
            made = self._open.get(self._key(value))
            if made:
                self._undone += 1
                self._close(made[-1])
                return

    def _close(self, made: Made) -> None:
        for key in made.keys:
            known = self._open.get(key, [])
            if made in known:
                known.remove(made)
            if not known:
                self._open.pop(key, None)

    def _key(self, value: Any) -> Key:
        """Return what a thing is known by: equal texts and numbers are one, others themselves."""
        text = file_name(value)
        if text is not None:
            return "text", os.path.abspath(text) if self._has_paths else text
        if type(value) is int or type(value) is float:
            return "number", value
        return "object", native.identity(value)

    # -- the answer --

    def answer(self, most: int) -> Answer:
        """Return what was never undone."""
        if not self._made:
            return Answer(f"nobody called {self.maker}")
        if self.is_of_files:
            self._keep_open_files()
        if self._undoing and not self._undone:
            if self._unseen == self._made:
                return Answer(self._unknown(f"what {self.maker} returns"))
            if self._blind == self._undoing:
                return Answer(self._unknown(f"what {self.undoer} is called with"))
        groups = Groups()
        for made in {id(each): each for known in self._open.values() for each in known}.values():
            groups.add(made.chain, made.told)
        verdict = self._verdict(groups.count)
        return Answer(verdict, records_of(groups, self._tools.project, most))

    def _verdict(self, count: int) -> str:
        if not count:
            return (
                f"each of {plural(self._made, self.maker, self.maker)} was undone by {self.undoer}"
            )
        was = "was" if count == 1 else "were"
        verdict = f"{count:,} of {self._made:,} {self.maker} {was} never undone by {self.undoer}"
        if not self._undone and not self.is_of_files:
            others = f", which was called {times(self._undoing)} for others"
            verdict += others if self._undoing else ", which nobody called"
        return verdict

    def _unknown(self, what: str) -> str:
        """Return the verdict where nothing tells which call undoes which."""
        hint = "; open,close tells which files are open at the end"
        lasts = {self.maker.rpartition(".")[2], self.undoer.rpartition(".")[2]}
        return (
            f"{self.maker} was called {times(self._made)} and {self.undoer} {times(self._undoing)}:"
            f" {what} cannot be seen, as it is no Python code"
            + ("" if lasts.isdisjoint(_FILES) else hint)
        )

    def _keep_open_files(self) -> None:
        """Leave those alone that are still open, the last ones of each name."""
        counts = _open_files()
        for key, made in list(self._open.items()):
            count = counts.get(os.path.realpath(str(key[1])), 0)
            made.sort(key=lambda each: not self._is_with(each))
            self._open[key] = made[len(made) - count :] if count else []

    def _is_with(self, made: Made) -> bool:
        """Whether a file was opened by a `with`, which closes it."""
        text = self._tools.texts.line(made.chain[0]) if made.chain else ""
        return text.lstrip().startswith(("with ", "async with "))

    def forget(self) -> None:
        """Begin anew, in a process that was forked."""
        self._open.clear()
        self._made = self._undone = self._undoing = self._unseen = self._blind = 0


def _open_files() -> dict[str, int]:
    """Return how many descriptors of this process each file has."""
    counts: dict[str, int] = {}
    for name in posix.listdir(_DESCRIPTORS):
        try:
            path = posix.readlink(f"{_DESCRIPTORS}/{name}")
        except OSError:
            continue  # That of the listing itself.
        # A file that is removed is open still. One without a name was opened by its folder's.
        if path.endswith(_REMOVED):
            path = path.removesuffix(_REMOVED)
            folder, _, name = path.rpartition("/")
            path = folder if name[:1] == "#" and name[1:].isdigit() else path
        counts[path] = counts.get(path, 0) + 1
    return counts


def _test_of(frame: FrameType | None) -> str:
    """Return the test that runs, if pytest or unittest runs one."""
    known = known_environment().get(_CURRENT_TEST)
    if known and "_pytest.runner" in modules():  # Of this process, not of one that started it.
        return os.fsdecode(known).rpartition(" (")[0]
    while frame is not None:
        code = native.code(frame)
        if code.co_name == "run" and code.co_filename.endswith("/unittest/case.py"):
            test = native.variables(frame, ("self",))[0].get("self")
            name = object.__getattribute__(test, "_testMethodName")
            return name if type(name) is str else ""
        frame = frame.f_back
    return ""
