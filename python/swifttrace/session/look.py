"""How lines look: what the settings say, and the terminal."""

from __future__ import annotations

import os

from ..config import checks
from ..config.checks import LEVELS, PATHS
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.process import STANDARD_ERROR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..config.settings import Settings
    from ..details.colours import Paint

    Join = Callable[[bytes], tuple[bytes, list[int]] | None]
    Look = tuple[bool, Paint | None, int, int, Join | None]

FIELDS = 4
"""The level of lines that are fields."""
_CALLS = 8
_SHOWN_BITS = {"pid": 1, "thread": 2, "task": 4, "depth": 16, "function": 32, "module": 64}
_TIME_BITS = {"start": 128, "delta": 256, "line": 512}
_NO_BANNER, _BANNER_WHERE_SHARED, _BANNER = range(3)
_LEFT, _CUT, _WRAP = range(3)


def look(settings: Settings, is_shared: bool) -> Look | None:
    """Return the native module's `Look`; `is_shared`: another trace has the destination."""
    is_fd = settings.output is None and not is_shared
    is_terminal = is_fd and not settings.last and os.isatty(settings.fd)
    fit, columns = _fit(settings, is_terminal)
    is_auto = settings.color == "auto" and is_terminal and settings.fd == STANDARD_ERROR
    has_colours = settings.color == "always" or (is_auto and _shows_colours())
    if not (fit or has_colours or joins(settings)):
        return None
    paint = None
    join: Join | None = None
    if joins(settings):
        from ..details.statements import joined_text

        join = joined_text
    if has_colours:
        from ..details.colours import painter

        paint = painter()
    return has_colours, paint, fit, columns, join


def joins(settings: Settings) -> bool:
    """Return whether a statement over several lines is shown once, as one line."""
    return bool(settings.statements)


def _fit(settings: Settings, is_terminal: bool) -> tuple[int, int]:
    """Return what becomes of lines that are too wide, and how wide that is, 0: the terminal."""
    width = settings.wrap or settings.cut
    if width is False or (width is True and not is_terminal):
        return _LEFT, 0
    return (_WRAP if settings.wrap else _CUT), (0 if width is True else width)


def _shows_colours() -> bool:
    """Whether a terminal is to have any.

    `os.environ.get` is Python, whose lines would be in a trace that is on already.
    """
    environment = getattr(os.environ, "_data", {})
    return not environment.get(b"NO_COLOR") and environment.get(b"TERM") != b"dumb"


def file_names(settings: Settings) -> int:
    """Return the native module's `Asked.paths`.

    In a project there are several files, and each line says which it is of.
    """
    names_files = settings.scope == "project" and settings.level < LEVELS[-1]
    return PATHS.index(settings.paths or ("relative" if names_files else "short"))


def shown(settings: Settings, has_fields: bool) -> int:
    """Return the native module's `LineFields`."""
    bits = _CALLS * has_fields + _TIME_BITS.get(settings.time, 0)
    for field in settings.show:
        bits |= _SHOWN_BITS[field]
    return bits


def start_and_end(settings: Settings) -> int:
    """Return the native module's `Asked.banner`: whether there are start and end lines."""
    if settings.banner is False or settings.last:
        return _NO_BANNER
    return _BANNER if settings.banner or settings.output is not None else _BANNER_WHERE_SHARED


def signal_number(settings: Settings) -> int:
    """Return the number of the signal that has kept lines printed; 0: there is none."""
    return checks.signal_number(settings.dump_signal)


def printing(settings: Settings) -> tuple[object, ...]:
    """Return what says how kept lines are printed."""
    return settings.dump_signal, settings.fd, settings.color, settings.wrap, settings.cut
