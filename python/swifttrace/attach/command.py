"""``swifttrace attach``: a trace of a process that runs."""

from __future__ import annotations

import contextlib
import os
import signal
from time import monotonic, sleep

from ..config.checks import DASH, is_standard_output
from ..config.kinds import File, LogFile
from ..config.options import IN_API
from ..processes.process import CannotAttach, Declined
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.process import STANDARD_OUTPUT, say
from . import viewer
from .entry import Entry
from .keeper import Keeper
from .request import Request
from .viewer import Viewer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, NoReturn

    from ..processes.process import Process
    from .viewer import Write

_PATIENCE = 10.0
_RETRY = 0.02
_LINGER = 2.0
_NOT_TRACED = "it is not traced"


class Attachment:
    """One trace of another process, from its beginning to its end."""

    def __init__(self, process: Process, asked: dict[str, Any], write: Write | None = None) -> None:
        """:param write: takes the lines, in the place of standard output.

        Raises `CannotAttach`.
        """
        self._write = write
        self._process = process
        self._keeps = bool(asked.get("last")) and asked.get("output") is None
        self._entry = Entry(process, say)
        self._request = Request(process, "begin", asked)

    def run(self, seconds: float | None) -> None:
        """Show the lines until somebody ends it. Raises `CannotAttach`, or `OSError` if the
        lines cannot be printed.
        """
        keeper = Keeper(self._request.open_lines, self._finish)
        try:
            self._request.make()
            keeper.made()
            self._viewer = Viewer(self._process, self._request.lines(), self._write)
            self._run(seconds)
        finally:
            keeper.end()
            self._request.remove()

    def _run(self, seconds: float | None) -> None:
        is_begun = False
        try:
            self._request.beside = self._beside()
            self._entry.send(self._request)
            is_begun = True
            why = self._viewer.run(seconds)
        except Declined:
            raise
        except BaseException:
            self._viewer.is_quiet = not is_begun
            self._end(is_begun)
            raise
        if why == viewer.ENDED:
            say(f"process {self._process.pid} has ended")
        elif why == viewer.CLOSED:
            say(f"process {self._process.pid} is no longer traced")
        else:
            self._end(True)

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
    process: Process, action: str, beside: tuple[int, Any] | None = None, within: str = ""
) -> str:
    """Ask a process for something that is done at once; return its answer.

    Raises `CannotAttach`.
    """
    entry = Entry(process, say)
    request = Request(process, action, {}, within)
    request.beside = beside
    try:
        request.make()
        return entry.send(request, _PATIENCE)
    finally:
        request.withdraw()
        request.remove()


def attach(process: Process, asked: dict[str, Any], seconds: float | None = None) -> None:
    """Trace a process until Ctrl-C, its end, or as long as is said.

    :param asked: the options of the trace, as `enable` takes them.

    Raises `CannotAttach`, or `OSError` if the lines cannot be printed.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    with contextlib.suppress(KeyboardInterrupt):
        Attachment(process, for_here(asked)).run(seconds)


class Collected:
    """Lines of another process, up to a number of bytes, and when they came."""

    def __init__(self, most: int) -> None:
        self._pieces: list[bytes] = []
        self._left = most
        self._times: list[float] = []

    def take(self, data: bytes) -> None:
        """Keep what has come. Raises `_Enough` once, when there is no room."""
        if self._left <= 0:
            return
        self._pieces.append(data)
        self._times.append(monotonic())
        self._left -= len(data)
        if self._left <= 0:
            raise _Enough

    def text(self) -> str:
        """Return them."""
        return b"".join(self._pieces).decode("utf-8", "replace")

    def seconds(self) -> float:
        """Return how long it was from the first to the last of them."""
        return self._times[-1] - self._times[0] if self._times else 0.0


class _Enough(Exception):
    """There are as many lines as are wanted."""


def collect(process: Process, asked: dict[str, Any], seconds: float, most: int) -> Collected:
    """Trace a process for a while; return the lines. Raises `CannotAttach`."""
    collected = Collected(most)
    with contextlib.suppress(_Enough):
        Attachment(process, for_here(asked), collected.take).run(seconds)
    return collected


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def end(process: Process) -> None:
    """End a trace that another command has left. Raises `CannotAttach`."""
    send(process, "end")


def for_here(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the options as the other process is to have them.

    It neither has our directory nor sees our terminal.
    """
    known = {"follow": False, **asked}
    if is_standard_output(known.get("output")):
        known["output"] = None
    for name, option in IN_API.items():
        if isinstance(option.kind, File | LogFile) and known.get(name) is not None:
            if known[name] == DASH:
                raise ValueError(f"{name} must be a file with attach")
            known[name] = os.path.abspath(known[name])
    is_terminal = os.isatty(STANDARD_OUTPUT)
    for name in ("wrap", "cut"):
        if known.get(name) is True:
            known[name] = _columns() if is_terminal else False
    if known.get("color", "auto") == "auto" and known.get("output") is None:
        has_colours = is_terminal and not os.environ.get("NO_COLOR")
        known["color"] = "always" if has_colours and os.environ.get("TERM") != "dumb" else "never"
    return known


def _columns() -> int | bool:
    """Return how wide the terminal is; False if it does not say."""
    return os.get_terminal_size(STANDARD_OUTPUT).columns or False
