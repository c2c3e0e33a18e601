"""A second process that ends the trace if the one that attaches is killed."""

from __future__ import annotations

import contextlib
import os
import signal

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_MADE, _DONE = b"m", b"d"


class Keeper:
    """Waits until this process says that it is done, or is gone."""

    def __init__(self, prepare: Callable[[], None], finish: Callable[[], None]) -> None:
        """:param prepare: what it does once this process has made its files.
        :param finish: what is left to do if this process is gone.
        """
        reading, self._writing = os.pipe()
        self._pid = os.fork()
        if not self._pid:
            try:
                os.close(self._writing)
                self._keep(reading, prepare, finish)
            finally:
                os._exit(0)
        os.close(reading)

    @staticmethod
    def _keep(reading: int, prepare: Callable[[], None], finish: Callable[[], None]) -> None:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        # Who reads our output is not to wait for this process.
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(nothing, descriptor)
        said = os.read(reading, 1)
        if said == _MADE:
            prepare()
            said = os.read(reading, 1)
        if not said:
            finish()

    def made(self) -> None:
        """Say that the files are there."""
        self._say(_MADE)

    def end(self) -> None:
        """Say that there is nothing to do, and see it go."""
        self._say(_DONE)
        os.close(self._writing)
        os.waitpid(self._pid, 0)

    def _say(self, what: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):  # if somebody has killed it
            os.write(self._writing, what)
