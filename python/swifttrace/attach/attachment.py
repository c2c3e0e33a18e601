"""One trace of another process, from its beginning to its end."""

from __future__ import annotations

import os
import signal
from time import monotonic, sleep

from ..processes.process import CannotAttach, Declined
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.process import STANDARD_OUTPUT, say
from . import viewer
from .armed_entry import Way
from .keeper import Keeper
from .request import Request
from .viewer import Viewer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..processes.process import Process
    from .viewer import Write

_PATIENCE = 10.0
_RETRY = 0.02
_LINGER = 2.0
_NOT_TRACED = "it is not traced"
_ENDS = {
    viewer.ENDED: "process {} has ended",
    viewer.CLOSED: "process {} is no longer traced",
    viewer.IN_TIME: "",
}


class Attachment:
    """One trace of another process, from its beginning to its end."""

    def __init__(
        self,
        process: Process,
        asked: dict[str, Any],
        write: Write | None = None,
        level: int | None = None,
    ) -> None:
        """:param write: takes the lines, in the place of standard output.
        :param level: what the level of a trace that another command has begun is to be.

        Raises `CannotAttach`.
        """
        self._write = write
        self._process = process
        self._keeps = bool(asked.get("last")) and asked.get("output") is None
        self._way = Way(process, say)
        self._request = Request(process, "begin", asked)
        self._request.level = level

    def run(self, seconds: float | None) -> str:
        """Show the lines until somebody ends it; return what there is to say of the end.

        Raises `CannotAttach`, or `OSError` if the lines cannot be printed.
        """
        keeper = Keeper(self._request.open_lines, self._finish)
        try:
            self._request.make()
            keeper.made()
            self._viewer = Viewer(self._process, self._request.lines(), self._write)
            return self._run(seconds)
        finally:
            keeper.end()
            self._request.remove()

    def _run(self, seconds: float | None) -> str:
        is_begun = False
        try:
            self._request.beside = self._beside()
            changed = self._way.send(self._request)
            if changed:
                return changed
            is_begun = True
            why = self._viewer.run(seconds)
        except Declined:
            raise
        except BaseException:
            self._viewer.is_quiet = not is_begun
            self._end(is_begun)
            raise
        if why == viewer.IN_TIME:
            self._end(True)
        return _ENDS[why].format(self._process.pid)

    def _beside(self) -> tuple[int, Any] | None:
        lines = self._request.lines()
        return None if lines < 0 else (lines, self._viewer.copy)

    def _end(self, is_begun: bool) -> None:
        """End the trace; what is asked for by Ctrl-C again is not heard meanwhile."""
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            text = end_trace(self._process, self._request, is_begun, self._beside())
            if self._keeps and text:
                os.write(STANDARD_OUTPUT, text.encode("utf-8", "surrogateescape"))
            self._viewer.copy_rest()
        finally:
            signal.signal(signal.SIGINT, before)

    def _finish(self) -> None:
        """What the keeper does: nobody reads the lines any more."""
        self._viewer = Viewer(self._process, self._request.lines())
        self._viewer.is_quiet = True
        try:
            end_trace(self._process, self._request, False, self._beside())
        finally:
            # Threads may be on their way to what the one that was killed has left there.
            sleep(_LINGER)
            self._request.remove()


def end_trace(
    process: Process, begun: Request, is_begun: bool, beside: tuple[int, Any] | None
) -> str:
    """End a trace that was asked for; return the lines that it has kept.

    Raises `CannotAttach`, but not if the process has ended.
    """
    if not is_begun and begun.withdraw():
        return ""
    end = monotonic() + _PATIENCE
    while True:
        try:
            return send(process, "end", beside, begun.directory)
        except CannotAttach as error:
            if process.is_over():
                return ""
            # It may be about to begin.
            if is_begun or _NOT_TRACED not in str(error) or monotonic() > end:
                raise
        sleep(_RETRY)


def send(
    process: Process,
    action: str,
    beside: tuple[int, Any] | None = None,
    within: str = "",
    asked: dict[str, Any] | None = None,
    patience: float = _PATIENCE,
) -> str:
    """Ask a process for something that is done at once; return its answer.

    :param asked: what the action is told.
    :param patience: how long to wait, in seconds.

    Raises `CannotAttach`.
    """
    way = Way(process, say)
    request = Request(process, action, asked or {}, within)
    request.beside = beside
    try:
        request.make()
        return way.send(request, patience)
    finally:
        request.withdraw()
        request.remove()
