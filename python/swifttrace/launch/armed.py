"""A trace that a signal begins and ends: `SWIFTTRACE="off,signal=USR2"`.

`swifttrace attach` has the handler do what it asks for, where it may not use ptrace.
"""

from __future__ import annotations

import os
import stat

from ..config import checks
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.process import say
from ..session.opening import Opening, program_of
from ..session.running import outermost
from ..session.state import state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

    from ..config.settings import Settings
    from ..session.trace import Trace


_OTHERS = 0o077
_MOST_BYTES = 4096


def asking_file(pid: int) -> str:
    """Return the name of the file that tells a process what `swifttrace attach` asks for."""
    return f"/tmp/swifttrace-armed-{pid}"


def _asked_script() -> str | None:
    """Return the text that the process is to run, and take the file away; None if nobody asks.

    It is empty where somebody has asked and given up. Only root and the process's own user may
    ask: nobody else may send the signal.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    name = asking_file(os.getpid())
    try:
        descriptor = os.open(name, flags)
    except OSError:
        return None
    try:
        found = os.fstat(descriptor)
        is_ours = stat.S_ISREG(found.st_mode) and found.st_uid in (0, os.geteuid())
        if not is_ours or found.st_mode & _OTHERS:
            return None
        path = os.read(descriptor, _MOST_BYTES)
    finally:
        os.close(descriptor)
    os.unlink(name)
    if not path:
        return ""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except FileNotFoundError:
        return None  # It was left by a command that was killed.


class Armed:
    """Begins the trace at one signal, and ends it at the next."""

    def __init__(self, name: str, settings: Settings) -> None:
        """Raises `ValueError` for a signal that the program may not have a handler for."""
        import _signal  # type: ignore[import-not-found] # signal itself imports enum

        number = checks.signal_number(checks.signal("signal", name))
        if not number:
            raise ValueError("off needs a signal: off,signal=USR2")
        # Children find the same variable, and are armed by it.
        self._settings = settings.but(follow=False)
        self._trace: Trace | None = None
        self._block: list[Trace | None] = []
        _signal.signal(number, self._handle)

    def _handle(self, _number: int, frame: FrameType | None) -> None:
        """The handler. Raises nothing: it would be raised in the program."""
        try:
            script = _asked_script()
            if script is not None:
                exec(script, {"__name__": ""})
            else:
                self._change(outermost(frame))
        except Exception as error:
            say(str(error))

    def _change(self, frame: FrameType | None) -> None:
        trace, self._trace = self._trace, None
        if trace is not None:
            block, self._block = self._block, []
            state.drop(block)
            trace.end()
        elif frame is not None:
            opening = Opening(self._settings, program_of(frame))
            opening.join()
            opening.begin_log()
            self._trace = opening.open()
            self._block = state.push(self._trace)
