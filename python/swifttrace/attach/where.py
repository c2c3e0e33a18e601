"""``swifttrace where PID``: what a process is doing now, said in words."""

from __future__ import annotations

import contextlib
import os
from time import sleep

from ..processes import candidates
from ..processes.interpreter import Interpreter
from ..processes.process import CannotAttach, Memory
from ..processes.waiting import what_it_waits_for
from ..runtime.builtins import __builtins__ as __builtins__
from .attachment import send
from .command import collect
from .locks import Locks, locks_of, told
from .stack import Frame, Stack, stacks_of, tasks_of, told_of_tasks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..processes.process import Process
    from .command import Collected

    Loop = tuple[str, int, int, str, float]

_SECOND = 1.0
_MOST_BYTES = 8_000_000
_SAMPLES, _PAUSE = 5, 0.01
_MOST_FRAMES = 12
_MOST_OTHERS = 20
_IS_LOOP = 3
_ALIKE = 1.2
_SEPARATOR = "\x1f"
_FORMAT = "{path}" + _SEPARATOR + "{lineno}" + _SEPARATOR + "{function}"


class Lines:
    """How often each line has run in the time that was watched."""

    def __init__(self, collected: Collected) -> None:
        self.seconds = collected.seconds()
        self.counts: dict[tuple[str, int, str], int] = {}
        for line in collected.text().split("\n"):
            fields = line.split(_SEPARATOR)
            if len(fields) == 3 and fields[1].isdecimal():
                key = fields[0], int(fields[1]), fields[2]
                self.counts[key] = self.counts.get(key, 0) + 1

    def total(self) -> int:
        """Return how many lines there were."""
        return sum(self.counts.values())

    def loop(self, frames: list[Frame]) -> Loop | None:
        """Return the file, the first and the last line, the function, and the rounds a second of
        the loop that turns fastest; None if nothing turns. What it calls in each round runs as
        often: of these functions it is the one that is outermost among the frames.
        """
        most = max(self.counts.values(), default=0)
        if most < _IS_LOOP or not self.seconds:
            return None
        likely = [key for key, count in self.counts.items() if count * _ALIKE >= most]
        file, _, function = max(likely, key=lambda key: (_depth(key, frames), self.counts[key]))
        near = {
            key[1]: count
            for key, count in self.counts.items()
            if (key[0], key[2]) == (file, function) and count * _IS_LOOP >= most
        }
        # The line of a `for` also runs when it ends.
        usual = sorted(near.values())[(len(near) - 1) // 2]
        return file, min(near), max(near), function, (usual - 1) / self.seconds


def _depth(key: tuple[str, int, str], frames: list[Frame]) -> int:
    """Return how far out among the frames a line's function is; -1 if it is not there."""
    name = os.path.basename(key[0]), key[2].rpartition(".")[2]
    places = [
        place
        for place, frame in enumerate(frames)
        if (os.path.basename(frame.file), frame.function.rpartition(".")[2]) == name
    ]
    return max(places, default=-1)


def where(process: Process) -> str:
    """Return what it is doing: a verdict, then the stack of each thread. Raises `CannotAttach`."""
    stacks = stacks_of(send(process, "stacks"))
    locks = _locks(process, stacks)
    waits = _waits(process)
    telling = stacks[0].telling() if stacks else None
    lines = _watched(process, telling)
    loop = lines.loop([frame for stack in stacks for frame in stack.frames])
    verdict = _verdict(process, telling, lines, loop, waits)
    return "\n".join([verdict, *locks, *_tasks(process), *_shown(process, stacks)]) + "\n"


def _locks(process: Process, stacks: list[Stack]) -> list[str]:
    """Return what threads wait for which lock, in this process and in those below it."""
    own = locks_of(process, stacks)
    if own is None:
        return []
    every: list[tuple[Process, Locks]] = [(process, own)]
    others = candidates.below(process, os.getpid())
    if any(wait for wait in own.waits if own.holder(wait) is None):
        others += candidates.above(process)
    for each in others[:_MOST_OTHERS]:
        with contextlib.suppress(CannotAttach):
            stacks = stacks_of(send(each, "stacks", patience=_SECOND))
            found = locks_of(each, stacks)
            if found is not None:
                every.append((each, found))
    return [line for each, found in every for line in told(each, found, every)]


def _tasks(process: Process) -> list[str]:
    """Return what the asyncio tasks of the process do."""
    try:
        return told_of_tasks(tasks_of(send(process, "tasks")))
    except CannotAttach:
        return []


def _watched(process: Process, telling: Frame | None) -> Lines:
    asked: dict[str, Any] = {"level": 3, "scope": "script", "format": _FORMAT}
    if telling is not None and telling.is_users:
        asked["include"] = telling.file
    return Lines(collect(process, asked, _SECOND, _MOST_BYTES))


def _waits(process: Process) -> str:
    """Return what its main thread waits for most of the time; empty if it mostly runs."""
    found = []
    try:
        interpreter = Interpreter(process)
        with Memory(process) as memory:
            for _ in range(_SAMPLES):
                found.append(what_it_waits_for(interpreter, memory, process.pid))
                sleep(_PAUSE)
    except CannotAttach:
        return ""
    likely = max(set(found), key=found.count)
    is_most = found.count(likely) * 2 > len(found)
    return likely if is_most and "C code" not in likely else ""


def _verdict(
    process: Process, telling: Frame | None, lines: Lines, loop: Loop | None, waits: str
) -> str:
    name = f"process {process.pid}"
    rest = f"; most of the time it waits for {waits}" if waits else ""
    place = "no Python code" if telling is None else telling.place()
    if loop is not None:
        file, first, last, function, rounds = loop
        span = f"{os.path.basename(file)}:{first}-{last} in {function}"
        # One that never waits turns faster when nobody watches.
        least = "" if waits else "at least "
        return f"{name} turns in a loop: {span}, {least}{_number(rounds)} rounds a second{rest}"
    if lines.total():
        return f"{name} runs Python code: {lines.total()} lines in a second, at {place}{rest}"
    if waits:
        return f"{name} waits for {waits}, at {place}"
    return f"{name} runs C code or code of a library, called at {place}"


def _number(rounds: float) -> str:
    return f"{rounds:,.0f}" if rounds >= 10 else f"{rounds:.1f}"


def _shown(process: Process, stacks: list[Stack]) -> list[str]:
    texts = []
    for place, stack in enumerate(stacks):
        name = stack.name or ("MainThread" if not place else "a thread")
        texts.append(f"{name}:")
        for frame in stack.frames[:_MOST_FRAMES]:
            source = _source(process, frame)
            texts.append(f"  {frame.place()}" + (f": {source}" if source else ""))
        if len(stack.frames) > _MOST_FRAMES:
            texts.append(f"  and {len(stack.frames) - _MOST_FRAMES} frames more")
    return texts


def _source(process: Process, frame: Frame) -> str:
    from linecache import getline

    if frame.file.startswith("<"):
        return ""
    return getline(process.root() + frame.path(process), frame.line).strip()
