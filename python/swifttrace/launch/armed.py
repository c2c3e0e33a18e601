"""A trace that a signal begins and ends: `SWIFTTRACE="off,signal=USR2"`."""

from __future__ import annotations

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
