"""``swifttrace where PID``: what a process is doing now, said in words."""

from __future__ import annotations

import os
from time import sleep

from ..processes.interpreter import Interpreter
from ..processes.process import CannotAttach, Memory
from ..processes.waiting import what_it_waits_for
from ..runtime.builtins import __builtins__ as __builtins__
from .attachment import send
from .command import collect

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
_IS_LOOP = 3
_ALIKE = 1.2
_SEPARATOR = "\x1f"
_FORMAT = "{path}" + _SEPARATOR + "{lineno}" + _SEPARATOR + "{function}"
_INSTALLED = ("/site-packages/", "/dist-packages/", "/lib/python3")


class Frame:
    """One frame of a stack: where it is, and what its code is called."""

    def __init__(self, file: str, line: str, function: str) -> None:
        self.file, self.line, self.function = file, int(line or 0), function

    @property
    def is_users(self) -> bool:
        """Whether it is neither the standard library's nor an installed package's."""
        return not self.file.startswith("<") and not any(part in self.file for part in _INSTALLED)

    def place(self) -> str:
        """Return it for people."""
        return f"{os.path.basename(self.file)}:{self.line} in {self.function}"


class Stack:
    """The frames of a thread, the innermost first."""

    def __init__(self, number: str, name: str) -> None:
        self.number, self.name = int(number), name
        self.frames: list[Frame] = []

    def telling(self) -> Frame | None:
        """Return the frame that says most: the innermost one of the user's own code."""
        own = [frame for frame in self.frames if frame.is_users]
        every = own or self.frames
        return every[0] if every else None


def stacks_of(text: str) -> list[Stack]:
    """Read what the process has answered; the main thread comes first."""
    found: list[Stack] = []
    for line in text.split("\n"):
        kind, *fields = line.split(_SEPARATOR)
        if kind == "T":
            found.append(Stack(*fields))
        elif kind == "F" and found:
            found[-1].frames.append(Frame(*fields))
    return found[::-1]


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
    waits = _waits(process)
    telling = stacks[0].telling() if stacks else None
    lines = _watched(process, telling)
    loop = lines.loop([frame for stack in stacks for frame in stack.frames])
    verdict = _verdict(process, telling, lines, loop, waits)
    return "\n".join([verdict, *_shown(process, stacks)]) + "\n"


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
    return getline(process.root() + os.path.abspath(frame.file), frame.line).strip()
