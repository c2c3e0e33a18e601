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
        self._attaching: dict[int, tuple[int, list[str]]] = {}
        """The processes of ours, and what each attaches to."""

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
                    self._meet()
                    sleep(_PAUSE)
            # Who began with SIGTERM sends no other one before the end.
            for ours in self._attaching:
                os.kill(ours, signal.SIGTERM)
            for ours in self._attaching:
                os.waitpid(ours, 0)
        finally:
            os._exit(0)

    def _meet(self) -> None:
        known = list(self._attaching.values())
        for process in candidates.below(self._process, os.getppid()):
            # By its command line as well: `exec` ends the trace of what was there.
            each = process.pid, process.command()
            if each not in known:
                self._begin(process, each)

    def _begin(self, process: Process, each: tuple[int, list[str]]) -> None:
        ours = _fork()
        if ours:
            self._attaching[ours] = each
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
