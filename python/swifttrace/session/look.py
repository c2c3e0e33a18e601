"""How lines look: what the settings say, and the terminal."""

from __future__ import annotations

import os

from .. import swifttrace as native
from ..config import checks
from ..config.checks import LEVELS
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.process import STANDARD_ERROR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..config.settings import Settings

_TIME_FIELDS = {"start": "time", "delta": "delta", "line": "took"}


def look(settings: Settings, is_shared: bool) -> native.Look:
    """Return what is not plain; `is_shared`: another trace has the destination."""
    found: native.Look = {}
    is_fd = settings.output is None and not is_shared
    is_terminal = is_fd and not settings.last and os.isatty(settings.fd)
    width = settings.wrap or settings.cut
    if width is not False and (width is not True or is_terminal):
        found["wrap" if settings.wrap else "cut"] = 0 if width is True else width
    is_auto = settings.color == "auto" and is_terminal and settings.fd == STANDARD_ERROR
    if joins(settings):
        from ..details.statements import joined_text

        found["join"] = joined_text
    is_always = settings.color == "always" and not settings.record
    if is_always or (is_auto and _shows_colours()):
        from ..details.colours import painter

        found["has_colours"], found["paint"] = True, painter()
    return found


def joins(settings: Settings) -> bool:
    """Return whether a statement over several lines is shown once, as one line."""
    return bool(settings.statements)


def _shows_colours() -> bool:
    """Whether a terminal is to have any.

    `os.environ.get` is Python, whose lines would be in a trace that is on already.
    """
    environment = getattr(os.environ, "_data", {})
    return not environment.get(b"NO_COLOR") and environment.get(b"TERM") != b"dumb"


def file_names(settings: Settings) -> str:
    """Return which of `PATHS` it is.

    In a project there are several files, and each line says which it is of.
    """
    names_files = settings.scope == "project" and settings.level < LEVELS[-1]
    return settings.paths or ("relative" if names_files else "short")


def shown(settings: Settings) -> int:
    """Return the bits of what lines say besides themselves."""
    bits = native.LINE_FIELDS[_TIME_FIELDS[settings.time]] if settings.time else 0
    for field in settings.show:
        bits |= native.LINE_FIELDS[field]
    return bits


def start_and_end(settings: Settings) -> int:
    """Return whether there are start and end lines; 0: none."""
    if settings.banner is False or settings.last:
        return 0
    is_always = settings.banner or settings.output is not None
    return native.NOTES if is_always else native.NOTES_WHERE_SHARED


def signal_number(settings: Settings) -> int:
    """Return the number of the signal that has kept lines printed; 0: there is none."""
    return checks.signal_number(settings.dump_signal)


def printing(settings: Settings) -> tuple[object, ...]:
    """Return what says how kept lines are printed."""
    return settings.dump_signal, settings.fd, settings.color, settings.wrap, settings.cut
