"""``swifttrace attach``: a trace of a process that runs."""

from __future__ import annotations

import contextlib
import os
import signal
from time import monotonic

from ..config.checks import DASH, is_standard_output
from ..config.kinds import File, LogFile
from ..config.options import IN_API
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.process import STANDARD_OUTPUT, say
from .attachment import Attachment, send

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, NoReturn

    from ..processes.process import Process
    from .viewer import Write


def attach(
    process: Process,
    asked: dict[str, Any],
    seconds: float | None = None,
    has_children: bool = False,
) -> None:
    """Trace a process until Ctrl-C, its end, or as long as is said.

    :param asked: the options of the trace, as `enable` takes them.
    :param has_children: whether the Python processes below it are traced as well.

    Raises `CannotAttach`, or `OSError` if the lines cannot be printed.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    # Whoever says nothing but the level may mean a trace that there is.
    level = asked["level"] if set(asked) == {"level"} and seconds is None else None
    known = for_here(asked)
    write: Write | None = None
    beside: contextlib.AbstractContextManager[None] = contextlib.nullcontext()
    if has_children:
        from .children import Children, WholeLines

        known, write = _with_numbers(known), WholeLines().take
        beside = Children(process, known)
    with contextlib.suppress(KeyboardInterrupt), beside:
        said = Attachment(process, known, write, level).run(seconds)
        if said:
            say(said)


def _with_numbers(asked: dict[str, Any]) -> dict[str, Any]:
    """Have each line say which process it is of, if the form of a line is not chosen."""
    if asked.get("format") is not None or asked.get("output") is not None:
        return asked
    shown = asked.get("show") or ()
    fields = shown.split(",") if isinstance(shown, str) else list(shown)
    return {**asked, "show": ["pid", *(field for field in fields if field != "pid")]}


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
