"""The stacks of a process's threads, as it has told them."""

from __future__ import annotations

import os

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..processes.process import Process

_FORKING = "/multiprocessing/popen_fork.py"
_WAITS = "waits"
_MANY = {"waits": "wait", "is": "are", "runs": "run"}
_MOST_NAMES = 5
_MOST_LINES = 20
_SEPARATOR = "\x1f"
_INSTALLED = ("/site-packages/", "/dist-packages/", "/lib/python3")


class Frame:
    """One frame of a stack: where it is, and what its code is called."""

    def __init__(self, file: str, line: str, function: str) -> None:
        self.file, self.line, self.function = file, int(line or 0), function

    @property
    def is_users(self) -> bool:
        """Whether it is neither the standard library's nor an installed package's."""
        return not self.file.startswith("<") and not any(part in self.file for part in _INSTALLED)

    def place(self, line: int = 0) -> str:
        """Return it for people, or another line of it."""
        return f"{os.path.basename(self.file)}:{line or self.line} in {self.function}"

    def path(self, process: Process) -> str:
        """Return the file as the process sees it."""
        return os.path.join(process.directory(), self.file)


class Stack:
    """The frames of a thread, the innermost first."""

    def __init__(self, number: str, name: str, ident: str) -> None:
        self.number, self.name = int(number), name
        self.ident = int(ident)
        """The thread's number for the interpreter."""
        self.frames: list[Frame] = []

    def telling(self) -> Frame | None:
        """Return the frame that says most: the innermost one of the user's own code."""
        own = [frame for frame in self.frames if frame.is_users]
        every = own or self.frames
        return every[0] if every else None

    def forked_at(self) -> Frame | None:
        """Return the user's frame that had multiprocessing fork the process, if that did."""
        depths = [depth for depth, frame in enumerate(self.frames) if frame.file.endswith(_FORKING)]
        outer = self.frames[depths[-1] :] if depths else []
        return next((frame for frame in outer if frame.is_users), None)


class Task:
    """An asyncio task: its frames, the innermost first, and the tasks that it waits for."""

    def __init__(self, ident: str, name: str, state: str, awaited: str) -> None:
        self.ident, self.name, self.state = ident, name, state
        self.awaited = awaited.split(",") if awaited else []
        self.frames: list[Frame] = []

    def place(self) -> str:
        """Return where it is: the innermost place of the user's code."""
        own = next((frame for frame in self.frames if frame.is_users), None)
        every = [own] if own is not None else self.frames[:1]
        return f" at {every[0].place()}" if every else ""

    def waits_for(self, names: dict[str, str]) -> str:
        """Return what it waits for: other tasks by their names, or a function of a library."""
        known = sorted((names[each] for each in self.awaited if each in names), key=_natural)
        if known:
            more = f" and {len(known) - _MOST_NAMES} more" if len(known) > _MOST_NAMES else ""
            return ", ".join(known[:_MOST_NAMES]) + more
        inner = self.frames[0] if self.frames else None
        return "a future" if inner is None or inner.is_users else inner.function


def tasks_of(text: str) -> list[Task]:
    """Read what the process has answered."""
    found: list[Task] = []
    for line in text.split("\n"):
        kind, *fields = line.split(_SEPARATOR)
        if kind == "K":
            found.append(Task(*fields))
        elif kind == "F" and found:
            found[-1].frames.append(Frame(*fields))
    return sorted(found, key=lambda task: _natural(task.name))


def _natural(name: str) -> tuple[str, int]:
    """Return what has `worker-2` before `worker-10`."""
    head = name.rstrip("0123456789")
    return head, int(name[len(head) :][:18] or 0)


def told_of_tasks(tasks: list[Task]) -> list[str]:
    """Return a line for all tasks that do the same at the same place, the fewest first."""
    names = {task.ident: task.name for task in tasks}
    alike: dict[str, list[str]] = {}
    for task in tasks:
        what = f" for {task.waits_for(names)}" if task.state == _WAITS else ""
        alike.setdefault(f"{task.state}{what}{task.place()}", []).append(task.name)
    lines = []
    for said, group in sorted(alike.items(), key=lambda each: (len(each[1]), each[1][0])):
        if len(group) == 1:
            lines.append(f"task {group[0]} {said}")
            continue
        verb, _, rest = said.partition(" ")
        more = ", …" if len(group) > _MOST_NAMES else ""
        shown = ", ".join(group[:_MOST_NAMES]) + more
        lines.append(f"{len(group):,} tasks {_MANY[verb]} {rest} ({shown})")
    return lines[:_MOST_LINES]


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
