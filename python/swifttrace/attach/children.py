"""`attach --children`: the Python processes below the one that is attached to, as they come."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from time import sleep

from ..processes import candidates
from ..processes.process import CannotAttach
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.process import STANDARD_OUTPUT, say
from .attachment import Attachment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from ..processes.process import Process

_PAUSE = 0.02
_WHOLE = 4096
"""So many bytes reach a pipe in one piece (PIPE_BUF), between those of other processes."""
_PR_SET_PDEATHSIG = 1


class WholeLines:
    """Writes lines beside other processes that write lines to the same place."""

    def __init__(self) -> None:
        self._rest = b""

    def take(self, data: bytes) -> None:
        """Write the lines that are whole by now. Raises `OSError`."""
        whole, newline, self._rest = (self._rest + data).rpartition(b"\n")
        piece = b""
        for line in (whole + newline).splitlines(keepends=True):
            if piece and len(piece) + len(line) > _WHOLE:
                _write(piece)
                piece = b""
            piece += line
        _write(piece)


def _write(data: bytes) -> None:
    while data:
        data = data[os.write(STANDARD_OUTPUT, data) :]


class Children:
    """Attaches to the processes below another one, until the end of the block.

    A process of ours finds them, and begins another one of ours for each.
    """

    def __init__(self, process: Process, asked: dict[str, Any]) -> None:
        """:param asked: the options, as the processes are to have them."""
        self._process, self._asked = process, asked
        self._attaching: set[int] = set()
        """The processes of ours."""
        self._seen: set[tuple[int, int, tuple[str, ...]]] = set()

    def __enter__(self) -> None:
        self._finder = _fork()
        if not self._finder:
            self._find()

    def __exit__(self, *_: object) -> None:
        os.kill(self._finder, signal.SIGTERM)
        os.waitpid(self._finder, 0)

    def _find(self) -> NoReturn:
        try:
            with contextlib.suppress(KeyboardInterrupt):
                while True:
                    self._reap()
                    self._meet()
                    sleep(_PAUSE)
            # `__exit__` sends SIGTERM once and then waits: no second one interrupts this.
            for ours in self._attaching:
                os.kill(ours, signal.SIGTERM)
            for ours in self._attaching:
                os.waitpid(ours, 0)
        finally:
            os._exit(0)

    def _meet(self) -> None:
        there = {
            # The system uses a number again, and `exec` ends the trace of what was there.
            (process.pid, candidates.started(process), tuple(process.command())): process
            for process in candidates.below(self._process, os.getppid())
        }
        new = there.keys() - self._seen
        self._seen = set(there)
        for key in new:
            self._begin(there[key])

    def _reap(self) -> None:
        """Forget those of ours that have ended."""
        for ours in list(self._attaching):
            if os.waitpid(ours, os.WNOHANG)[0]:
                self._attaching.discard(ours)

    def _begin(self, process: Process) -> None:
        ours = _fork()
        if ours:
            self._attaching.add(ours)
            return
        try:
            with contextlib.suppress(KeyboardInterrupt):
                Attachment(process, self._asked, WholeLines().take).run(None)
        except (CannotAttach, OSError) as error:
            if not process.is_over():
                say(str(error))
        finally:
            os._exit(0)


def _fork() -> int:
    """Fork a process that Ctrl-C does not reach, and that ends with the one that began it."""
    parent = os.getpid()
    made = os.fork()
    if not made:
        os.setpgid(0, 0)
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(0)
    return made
