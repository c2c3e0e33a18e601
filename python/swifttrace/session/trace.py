"""One trace: its settings, and all that was opened for them."""

from __future__ import annotations

import os
from _weakref import ref

from .. import swifttrace as native
from ..children.following import Following
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.process import STANDARD_ERROR
from .look import printing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..config.settings import Settings
    from ..debug_log.log import Log
    from ..questions.inquiry import Inquiry


class Trace:
    """Settings and the native session that was opened for them."""

    __slots__ = (
        *("__weakref__", "destination", "following", "inquiry", "is_over", "log", "nesting"),
        *("session", "settings"),
    )

    def __init__(
        self, settings: Settings, session: native.Session, log: Log | None, nesting: int
    ) -> None:
        self.settings = settings
        self.session = session
        self.log = log
        """What the tracer does, where that is written."""
        self.nesting = nesting
        """How many processes deep this one is: 1 is the first."""
        self.destination = destination_of(settings)
        """Where the lines go, for people: the file that was named, or the one that there is
        in its place."""
        self.following: Following | None = None
        self.inquiry: Inquiry | None = None
        """The questions that are answered in the place of lines."""
        self.is_over = False

    def end(self) -> None:
        """Nothing more comes of it."""
        if self.inquiry is not None:
            self.inquiry.answer()
        self.session.end()
        self.is_over = True

    def begin(self, ends: bool) -> None:
        """Put it in force. `ends`: the one before does not come back. Raises `RuntimeError`."""
        if self.inquiry is None:
            self.session.activate(ends)
        else:
            if self.inquiry.kept is None:
                native.deactivate(ends)
            else:
                self.inquiry.kept.activate(ends)
            self.inquiry.start()

    def pause(self) -> None:
        """Have another one, or none, take its place."""
        if self.inquiry is not None:
            self.inquiry.stop()

    def writes_to(self, output: str | bytes | None) -> bool:
        """Whether it has the file of that name."""
        if output is None or self.settings.output is None:
            return False
        return os.path.abspath(self.destination) == os.path.abspath(os.fsdecode(output))

    def keeps_as(self, settings: Settings, nesting: int) -> bool:
        """Whether settings of a process keep as many lines in its file, and print them alike."""
        own, last = self.settings, settings.last
        if not last or last != own.last or not self.writes_to(settings.output):
            return False
        return (nesting, *printing(settings)) == (self.nesting, *printing(own))


def destination_of(settings: Settings) -> str:
    """Return where the lines are to go, for people."""
    if settings.output is not None:
        return os.fsdecode(settings.output)
    return "stderr" if settings.fd == STANDARD_ERROR else f"descriptor {settings.fd}"


_writing: list[ref[Trace]] = []


def note_writing(trace: Trace) -> None:
    """Remember one that writes to a file, as long as it is there."""
    # No generator expressions here: up to 3.13 one that there is no memory for is a crash.
    _writing[:] = [ref(trace), *[other for other in _writing if other() is not None]]


def writing() -> list[Trace]:
    """Return those of this process that write to files, the last one first."""
    return [trace for reference in _writing if (trace := reference()) is not None]
