"""``--fold=live``: what a program does is printed while it runs, each line and each way once.

The program records, and this process reads the recording as it is written. What was read takes no
place on the disk any more.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found] # signal itself imports enum
import os
import time

from ..config import checks
from ..recordings.live import Live
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.process import current_directory, say
from .waiting import FORWARDED, hand_on, remove, wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_LOOK = 0.05
"""How often the recordings are looked at, in seconds."""
_WAIT = 1.0
"""A program that runs no line for so long is said to wait."""


class _Followed:
    """A process whose recording is followed."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.since = time.monotonic()
        self.is_quiet = False
        """It has been said that it waits, or that its recording cannot be read."""


class _Output:
    """What is printed of the program and its children."""

    def __init__(self, folder: str, fd: int) -> None:
        self._folder = folder
        self._fd = fd
        self._known: dict[str, _Followed | None] = {}
        self._root = current_directory()

    def look(self) -> None:
        """Print what is new."""
        for name in sorted(os.listdir(self._folder)):
            if name not in self._known:
                self._begin(name)
        for name, followed in self._known.items():
            if followed is not None:
                self._follow(name, followed)

    def _begin(self, name: str) -> None:
        try:
            self._known[name] = _Followed(Live(os.path.join(self._folder, name), self._root))
        except (OSError, ValueError):
            return  # It has no header yet.

    def _follow(self, name: str, followed: _Followed) -> None:
        now = time.monotonic()
        try:
            has_run, lines = followed.live.news()
        except (OSError, ValueError) as error:
            self._known[name] = None
            self._print([f"~ nothing more is folded: {error}"])
            return
        if has_run:
            followed.since, followed.is_quiet = now, False
        elif not followed.is_quiet and now - followed.since > _WAIT:
            followed.is_quiet = True
            lines.append(followed.live.waits())
        self._print(lines)

    def tell(self) -> None:
        """Print what has been counted."""
        for followed in self._known.values():
            if followed is not None:
                self._print(followed.live.ways())

    def _print(self, lines: Iterable[str]) -> None:
        text = "".join([f"{line}\n" for line in lines if line])
        rest = text.encode("utf-8", "backslashreplace")
        while rest:
            rest = rest[os.write(self._fd, rest) :]


def follow(program: int, folder: str, asked: dict[str, Any], fd: int) -> int:
    """Print what the program does until it has ended; return its status."""
    status = None
    try:
        output = _Output(folder, fd)
        wanted = checks.signal_number(asked["signal"])
        status = _watch(program, output, wanted)
        output.look()
        output.tell()
    except OSError as error:
        say(error.strerror or str(error))
        if status is None:
            status = wait(program)
    finally:
        remove(folder)
    return status


def _watch(program: int, output: _Output, wanted: int) -> int:
    signals = FORWARDED | {signal.SIGCHLD} | ({wanted} if wanted else set())
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    while True:
        ended, status = os.waitpid(program, os.WNOHANG)
        if ended:
            return status
        told = signal.sigtimedwait(signals, _LOOK)
        output.look()
        if told is not None and told.si_signo == wanted:
            output.tell()
        elif told is not None:
            hand_on(program, told)
