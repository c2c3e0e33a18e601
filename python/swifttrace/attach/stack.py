"""The stacks of a process's threads, as it has told them."""

from __future__ import annotations

import os

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..processes.process import Process

_FORKING = "/multiprocessing/popen_fork.py"
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
