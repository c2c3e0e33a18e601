"""The calls of a run as a tree; equal calls are one object, so that they are compared at once."""

from __future__ import annotations

import keyword
import os
import re

from ..runtime.builtins import __builtins__ as __builtins__
from . import events
from .canonical import Canonical, changes, parts
from .functions import Functions
from .in_place import InPlace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .events import Event, Process

_WORD = re.compile(r"(?<![\w.'\"])[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_MOST_VALUES = 64
"""How many different values of one name at one line are kept."""
_MOST_READ = 8
APART = 10_000_000
"""Is added to the number of a line that only the second of two versions has."""
_ENDS = ("StopIteration", "GeneratorExit", "StopAsyncIteration")
"""Exceptions that are how generators end."""


class Versions:
    """How the files and lines of one version are called in another."""

    def __init__(self, names: dict[str, str], numbers: dict[str, dict[int, int]]) -> None:
        self.names = names
        self.numbers = numbers
        self._own_names = {known: own for own, known in names.items()}
        self._own_numbers = {
            names.get(path, path): {known: own for own, known in lines.items()}
            for path, lines in numbers.items()
        }

    def own(self, path: str, line: int) -> tuple[str, int]:
        """Return what a place of the other version is in this one."""
        number = self._own_numbers.get(path, {}).get(line, line)
        return self._own_names.get(path, path), number

    def is_only_in_one(self, path: str, line: int) -> bool:
        """Whether a line is in one of the versions only."""
        return path in self._own_numbers and (line > APART or line not in self._own_numbers[path])


class Call:
    """What one call did. It is the same object for calls that did the same."""

    __slots__ = (
        *("args", "begins", "children", "errors", "key", "lines", "name", "path"),
        "result",
        *("shape", "sites", "steps", "times", "values", "whole"),
    )

    def __init__(self, path: str, name: str, begins: int = 0) -> None:
        self.path = path
        self.name = name
        self.begins = begins
        """The line of its `def`."""
        self.key = (path, name)
        self.args: dict[str, str] = {}
        self.lines: dict[int, tuple[int, int]] = {}
        """The lines that ran, in their order: what ran before each, and when."""
        self.steps: dict[tuple[int, int], dict[str, str]] = {}
        """What a line read when it first went on to another."""
        self.values: dict[tuple[int, str], list[str]] = {}
        self.errors: dict[tuple[int, str], int] = {}
        self.result: tuple[int, str] = (0, "")
        self.children: list[Call] = []
        self.sites: list[int] = []
        self.times: list[int] = []
        self.shape = self.whole = 0

    def close(self) -> None:
        """Take the hashes: of what ran, and of the values too."""
        self.shape = hash(
            (
                *(self.key, frozenset(self.lines), frozenset(self.errors)),
                frozenset(child.shape for child in self.children),
            )
        )
        self.whole = hash(
            (
                *(self.shape, tuple(self.args.items()), self.result[1], tuple(self.sites)),
                frozenset((where, tuple(found)) for where, found in self.values.items()),
                tuple(child.whole for child in self.children),
            )
        )


class _Activation:
    """A call that runs, or a generator that waits to go on."""

    __slots__ = ("began", "call", "home", "index", "line", "locals", "waiting")

    def __init__(self, call: Call, began: int) -> None:
        self.call = call
        self.began = began
        self.line = 0
        self.locals: dict[str, str] = {}
        self.home: _Activation | None = None
        """What has called it."""
        self.index = 0
        """Its number among the calls of `home`."""
        self.waiting: list[_Activation] = []
        """The generators that it has called and that have not ended."""


class Sources:
    """The text of the lines that ran, by file and number."""

    def __init__(self) -> None:
        self.files: dict[str, dict[int, str]] = {}
        self._read: dict[str, list[str]] = {}

    def text(self, path: str, line: int) -> str:
        """Return a line's text, or nothing."""
        return self.files.get(path, {}).get(line, "")

    def places(self) -> dict[tuple[str, int], str]:
        """Return the text of each line by its file and number."""
        return {
            (path, line): text for path, lines in self.files.items() for line, text in lines.items()
        }

    def read(self, text: str) -> list[str]:
        """Return the names that a line reads, with their attributes."""
        names = self._read.get(text)
        if names is None:
            words = dict.fromkeys(_WORD.findall(_without_strings(text)))
            names = [word for word in words if not keyword.iskeyword(word.partition(".")[0])]
            self._read[text] = names = names[:_MOST_READ]
        return names


def _without_strings(text: str) -> str:
    return re.sub(r"(?<![fF\w])('[^']*'|\"[^\"]*\")", "''", text)


class Run:
    """All processes of a run, as trees."""

    def __init__(self, processes: Iterable[Process], versions: Versions | None = None) -> None:
        self.sources = Sources()
        self.roots: dict[tuple[str, str, int], Call] = {}
        """By command line, thread and how many there were before it."""
        self.lines = 0
        self.modules: dict[tuple[str, str], str] = {}
        """The values of the modules' names, as they were last."""
        self._same: dict[int, Call] = {}
        self.versions = versions or Versions({}, {})
        for process in processes:
            self.add(process)

    def add(self, process: Process) -> None:
        """Take what a process has run."""
        reader = _Reader(self, process)
        for event in process.events():
            reader.take(event)
        for thread, root in reader.ended():
            command = reader.canonical.value(process.command.partition(" ")[2])
            number = 0
            while (command, thread, number) in self.roots:
                number += 1
            self.roots[command, thread, number] = root

    def same(self, call: Call) -> Call:
        """Return the call that did the same before, or this one."""
        call.close()
        return self._same.setdefault(call.whole, call)


class _Reader:
    """Builds the trees of one process."""

    def __init__(self, run: Run, process: Process) -> None:
        self.run = run
        self.canonical = Canonical(process.process, process.began)
        self._root = process.directory
        self._versions = run.versions
        self._stacks: dict[str, list[_Activation]] = {}
        self._suspended: dict[tuple[str, str], list[_Activation]] = {}
        self._infer = Functions() if not process.has_calls else None
        self._names: dict[str, str] = {}
        self._changes: dict[str, list[tuple[str, str]]] = {}
        self._in_place = InPlace()

    def take(self, event: Event) -> None:
        """Take the next event."""
        self.run.lines += event.kind == events.LINE
        path = self._names.get(event.path)
        if path is None:
            path = self._names[event.path] = self._short(event.path)
        if path in self._versions.numbers:
            event.line = self._versions.numbers[path].get(event.line, event.line)
        stack = self._stacks.get(event.thread)
        if stack is None:
            root = Call("", numberless(event.thread) or "MainThread")
            stack = self._stacks[event.thread] = [_Activation(root, self.run.lines)]
        event.path = self._versions.names.get(path, path)
        self._dispatch(event, stack)

    def _short(self, path: str) -> str:
        root = self._root.rstrip("/") + "/"
        return path[len(root) :] if path.startswith(root) else path

    def _dispatch(self, event: Event, stack: list[_Activation]) -> None:
        kind = event.kind
        if kind == events.LINE:
            self._line(event, stack)
        elif kind == events.VALUE:
            self._value(event, stack[-1])
        elif kind in (events.CALL, events.RESUME):
            self._call(event, stack)
        elif kind == events.RAISED:
            self._raised(event, stack[-1])
        elif kind != events.CAUGHT:
            self._return(event, stack)

    def _raised(self, event: Event, top: _Activation) -> None:
        if top.call.name == event.name and not event.text.startswith(_ENDS):
            error = self.canonical.value(event.text)
            top.call.errors.setdefault((event.line, error), self.run.lines)

    def _line(self, event: Event, stack: list[_Activation]) -> None:
        if self._infer is not None:
            self._follow(event, stack)
        top, line = stack[-1], event.line
        call = top.call
        if line not in call.lines:
            call.lines[line] = top.line, self.run.lines - top.began
            self.run.sources.files.setdefault(event.path, {}).setdefault(line, event.text)
        step = (top.line, line)
        if step not in call.steps and top.line:
            call.steps[step] = self._read(event.path, top)
        top.line = line

    def _read(self, path: str, top: _Activation) -> dict[str, str]:
        """What the line read that has run."""
        found = {}
        for name in self.run.sources.read(self.run.sources.text(path, top.line)):
            value = top.locals.get(name) or self.run.modules.get((path, name))
            if value is not None:
                found[name] = value
        return found

    def _value(self, event: Event, top: _Activation) -> None:
        bound = self._changes.get(event.text)
        if bound is None:
            made = self.canonical.value
            bound = [(name, made(value, name)) for name, value in changes(event.text)]
            if len(self._changes) < 100_000:
                self._changes[event.text] = bound
        values, line = top.call.values, self.run.sources.text(event.path, event.line)
        for name, value in bound:
            # `@`: of pytest's rewritten assertions.
            if name[0] == "@" or self._in_place.changes(name, line):
                continue
            top.locals[name] = value
            if top.call.name == "<module>":
                self.run.modules[event.path, name] = value
            known = values.setdefault((event.line, name), [])
            if value not in known and len(known) < _MOST_VALUES:
                known.append(value)

    def _call(self, event: Event, stack: list[_Activation]) -> None:
        if event.kind == events.RESUME and self._resume(event, stack):
            return
        is_resumed = event.kind == events.RESUME
        call = Call(event.path, event.name, 0 if is_resumed else event.line)
        new = _Activation(call, self.run.lines)
        for part in parts(event.text.removesuffix(")"), ", "):
            argument, is_bound, value = part.partition("=")
            if is_bound:
                value = self.canonical.value(value, argument)
                new.locals[argument.lstrip("*")] = call.args[argument] = value
        self._begin(new, stack)

    def _begin(self, new: _Activation, stack: list[_Activation]) -> None:
        caller = stack[-1]
        new.home, new.index = caller, len(caller.call.children)
        caller.call.children.append(new.call)
        caller.call.sites.append(caller.line)
        caller.call.times.append(self.run.lines - caller.began)
        stack.append(new)

    def _resume(self, event: Event, stack: list[_Activation]) -> bool:
        """Go on with a generator whose caller runs yet: of several with the first."""
        waiting = self._suspended.get((event.path, event.name), ())
        for number, activation in enumerate(waiting):
            if activation.home is stack[-1] or number == len(waiting) - 1:
                stack.append(activation)
                del self._suspended[event.path, event.name][number]
                return True
        return False

    def _return(self, event: Event, stack: list[_Activation]) -> None:
        top = stack[-1]
        if len(stack) < 2 or top.call.name != event.name:
            return
        if event.kind == events.YIELD:
            stack.pop()
            self._suspended.setdefault((event.path, event.name), []).append(top)
            assert top.home is not None
            top.home.waiting.append(top)
            return
        if event.kind != events.LEFT:
            top.call.result = event.line, self.canonical.value(event.text)
        self._leave(stack)

    def _follow(self, event: Event, stack: list[_Activation]) -> None:
        """Infer the call or the return from the function that a line is in."""
        assert self._infer is not None
        name = self._infer.at(os.path.join(self._root, event.path), event.line)
        key = (event.path, name)
        if stack[-1].call.key == key:
            return
        if any(activation.call.key == key for activation in stack):
            while stack[-1].call.key != key:
                self._leave(stack)
            return
        self._begin(_Activation(Call(*key), self.run.lines), stack)

    def _leave(self, stack: list[_Activation]) -> None:
        self._end(stack.pop())

    def _end(self, done: _Activation) -> None:
        """Take what a call has done as its caller's; generators that it leaves behind end."""
        for waiting in done.waiting:
            siblings = self._suspended.get(waiting.call.key, [])
            if waiting in siblings:
                siblings.remove(waiting)
                self._end(waiting)
        if done.home is not None:
            done.home.call.children[done.index] = self.run.same(done.call)

    def ended(self) -> Iterable[tuple[str, Call]]:
        """End all that has not ended, and yield the threads."""
        for stack in self._stacks.values():
            while len(stack) > 1:
                self._leave(stack)
            root = stack[0].call
            self._end(stack[0])
            root.close()
            yield root.name, root


def callers_of(roots: Iterable[Call], place: tuple[str, int]) -> list[tuple[str, int, str]]:
    """Return where a line ran first: its own function, then the callers with their lines."""
    path, line = place
    for root in roots:
        seen: set[int] = set()
        work: list[tuple[Call, list[tuple[str, int, str]]]] = [(root, [])]
        while work:
            call, chain = work.pop()
            if call.path == path and line in call.lines:
                return [(path, line, call.name), *chain]
            for child, site in zip(reversed(call.children), reversed(call.sites)):
                if child.whole not in seen:
                    seen.add(child.whole)
                    above = [(call.path, site, call.name), *chain] if call.path else chain
                    work.append((child, above))
    return []


def numberless(thread: str) -> str:
    """`Thread-12 (work)` is one of several that do the same."""
    return re.sub(r"(?<=-)\d+\b|(?<=_)\d+$", "N", thread)
