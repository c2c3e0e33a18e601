"""The way into a process without ptrace: by the signal that `SWIFTTRACE="off,signal=…"` arms."""

from __future__ import annotations

import os
import signal
from time import monotonic

from ..launch.armed import asking_file
from ..processes.process import CannotAttach, NotAllowed
from ..runtime.builtins import __builtins__ as __builtins__
from .entry import Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..processes.process import Process
    from .request import Request

_SOON = 1.0
_HANDLER = "SigCgt"


class Way:
    """The way into one process: ptrace or PEP 768 if that is allowed, else an armed signal."""

    def __init__(self, process: Process, say: Callable[[str], None]) -> None:
        """:param say: is told what the process waits for, where it does not answer.

        Raises `CannotAttach`.
        """
        self._process, self._say = process, say
        self._entry: Entry | _Armed
        try:
            self._entry = Entry(process, say)
        except NotAllowed as refused:
            self._entry = _armed(process, say, refused)

    def send(self, request: Request, patience: float | None = None) -> str:
        """Have the process do what is asked for; return its answer. Raises `CannotAttach`."""
        try:
            return self._entry.send(request, patience)
        except NotAllowed as refused:
            if isinstance(self._entry, _Armed):
                raise
            self._entry = _armed(self._process, self._say, refused)
        return self._entry.send(request, patience)


def _armed(process: Process, say: Callable[[str], None], refused: NotAllowed) -> _Armed:
    """Return the way by a signal. Raises `CannotAttach` if there is none."""
    name = process.armed()
    number = getattr(signal, f"SIG{name}", None) if name else None
    # A signal without a handler would end the process.
    if number is None or not int(process.status()[_HANDLER], 16) >> (number - 1) & 1:
        raise refused
    return _Armed(process, number, say)


class _Armed:
    """The handler of an armed signal does what a file asks for."""

    def __init__(self, process: Process, number: int, say: Callable[[str], None]) -> None:
        self._process, self._number, self._say = process, number, say

    def send(self, request: Request, patience: float | None = None) -> str:
        """Have the process do what is asked for; return its answer. Raises `CannotAttach`."""
        pid, end = self._process.pid, None if patience is None else monotonic() + patience
        with request.announced(asking_file(self._process.inner())):
            try:
                os.kill(pid, self._number)
            except OSError as error:
                raise CannotAttach(f"process {pid}: {error.strerror}") from None
            answer = request.answer(_SOON)
            if answer is None:
                self._say(f"process {pid} waits for its main thread, which handles the signal")
            while answer is None:
                if self._process.is_over():
                    raise CannotAttach(f"process {pid} has ended")
                if end is not None and monotonic() > end:
                    raise CannotAttach(f"process {pid} does not answer")
                answer = request.answer(_SOON)
        return answer
