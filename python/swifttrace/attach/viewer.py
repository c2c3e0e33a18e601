"""The lines of another process, as they come, until the trace or the process ends."""

from __future__ import annotations

import os
import select
from time import monotonic

from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.process import STANDARD_OUTPUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..processes.process import Process

    Write = Callable[[bytes], None]

_MOST = 1 << 16
_NO_END = 3600.0
_ASK_AGAIN = 0.1
_CLOSING = 0.5
ENDED, CLOSED, IN_TIME = "ended", "closed", "in time"
"""Why it is over: the process has ended, it writes no more, or the time is over."""


class Viewer:
    """Copies what is read from a descriptor to standard output."""

    def __init__(self, process: Process, lines: int, write: Write | None = None) -> None:
        """:param lines: the descriptor; -1 if the lines go to a file.
        :param write: takes them, in the place of standard output.
        """
        self._write = _write if write is None else write
        self._process = process
        self._lines = lines
        self.is_quiet = False
        """Whether what is read is dropped."""
        try:
            self._ending = os.pidfd_open(process.pid)
        except OSError:  # Linux before 5.3
            self._ending = -1

    def copy(self) -> bool:
        """Copy what there is; return false at the end. Raises `OSError` if it cannot be written."""
        try:
            data = os.read(self._lines, _MOST)
        except BlockingIOError:
            return True
        if not self.is_quiet:
            self._write(data)
        return bool(data)

    def copy_rest(self) -> None:
        """Copy all that there is by now."""
        while self._lines >= 0 and _is_ready(self._lines) and self.copy():
            pass

    def run(self, seconds: float | None) -> str:
        """Copy until the end, or as long as is said. Raises `OSError`."""
        end = monotonic() + (_NO_END * 24 * 365 if seconds is None else seconds)
        poll = select.poll()
        for descriptor in (self._lines, self._ending):
            if descriptor >= 0:
                poll.register(descriptor, select.POLLIN)
        while (left := end - monotonic()) > 0:
            most = _NO_END if self._ending >= 0 else _ASK_AGAIN
            ready = dict(poll.poll(min(left, most) * 1000))
            if self._lines in ready and not self.copy():
                return ENDED if self._ends() else CLOSED
            if self._ending in ready or (not ready and self._process.is_over()):
                self.copy_rest()
                return ENDED
        return IN_TIME

    def _ends(self) -> bool:
        """Whether the process ends: its files are closed a little before it has ended."""
        if self._ending >= 0:
            poll = select.poll()
            poll.register(self._ending, select.POLLIN)
            poll.poll(_CLOSING * 1000)
        return self._process.is_over()


def _is_ready(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _write(data: bytes) -> None:
    while data:
        data = data[os.write(STANDARD_OUTPUT, data) :]
