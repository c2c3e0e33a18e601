"""A command that waits for the program that it has started."""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found] # signal itself imports enum
import os

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORWARDED = {signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM}
FORWARDED |= {signal.SIGUSR1, signal.SIGUSR2}
_BY_THE_TERMINAL = 128  # SI_KERNEL


def wait(program: int) -> int:
    """Hand signals on until the program has ended; return its status."""
    while True:
        ended, status = os.waitpid(program, os.WNOHANG)
        if ended:
            return status
        hand_on(program, signal.sigwaitinfo(FORWARDED | {signal.SIGCHLD}))


def hand_on(program: int, told: Any) -> None:
    """Send the program a signal that was sent to the command."""
    # What the terminal sends it sends to the program, too.
    if told.si_signo != signal.SIGCHLD and told.si_code != _BY_THE_TERMINAL:
        os.kill(program, told.si_signo)


def remove(folder: str) -> None:
    """Remove a folder of recordings."""
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))
    os.rmdir(folder)
