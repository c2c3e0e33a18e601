"""Recordings of this process: what they say of it, and which session writes which."""

from __future__ import annotations

import os
import sys

from .. import writing
from ..config.checks import PATHS
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.process import command_line, current_directory
from ..version import __version__
from . import look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .. import swifttrace as native
    from ..config.settings import Settings

_HOST, _ARGUMENT, _DIRECTORY, _PYTHON, _VERSION, _OPTION = range(1, 7)
_MOST = 8
"""As many recordings of traces that are over stay open."""


class _Known:
    __slots__ = ("identity", "options", "session")

    def __init__(self, session: native.Session, settings: Settings, name: str) -> None:
        self.session = session
        self.options = options(settings)
        self.identity = _identity(name)


_followed: list[bool] = []
_known: dict[str, _Known] = {}
"""By the file that was named."""


def recorder(settings: Settings) -> writing.Recorder:
    """Return what a session with these settings records with."""
    fields = [
        (_HOST, os.uname().nodename),
        *((_ARGUMENT, word) for word in command_line(settings.has_secrets)),
        (_DIRECTORY, current_directory()),
        (_PYTHON, sys.version.split()[0]),
        (_VERSION, __version__),
        *((_OPTION, option) for option in options(settings)),
    ]
    encoded = [(kind, os.fsencode(text)) for kind, text in fields]
    age = settings.max_age * 1_000_000_000
    libraries = _libraries() if settings.fold else None
    return writing.recorder(
        encoded, settings.max_size, age, settings.keep == "failed", libraries, bool(_followed)
    )


def note_follower() -> None:
    """Another process reads the recordings of this one, and of what it forks, as they come."""
    _followed.append(True)


def _libraries() -> tuple[bytes, ...]:
    """Where the sources lie that a folded recording leaves out: they can be had elsewhere."""
    installed = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    folders = [os.path.dirname(os.__file__), *installed]
    return (b"<frozen ", *(os.fsencode(os.path.join(folder, "")) for folder in folders))


def options(settings: Settings) -> list[str]:
    """Return how the lines are shown."""
    shown = [f"level={settings.level}", f"paths={PATHS.index(look.file_names(settings))}"]
    if settings.fold:
        shown.append("fold=1")
    return [*shown, "time=line"] if settings.time == "line" else shown


def session_of(settings: Settings) -> native.Session | None:
    """Return the session of this process that writes the file already; None: none does.

    Raises `ValueError` if its lines are shown in another way.
    """
    name = _name(settings)
    known = _known.get(name)
    if known is None or known.identity != _identity(name):
        return None
    if known.options != options(settings):
        raise ValueError(f"output {name!r} is a recording of this process with other options")
    return known.session


def note(settings: Settings, session: native.Session) -> None:
    """Remember what writes the file, so that a later trace of this process goes on in it."""
    name = _name(settings)
    _known.pop(name, None)
    _known[name] = _Known(session, settings, name)
    if len(_known) > _MOST:
        del _known[next(iter(_known))]


def _name(settings: Settings) -> str:
    return os.path.abspath(os.fsdecode(settings.output))


def _identity(name: str) -> tuple[int, int] | None:
    try:
        status = os.stat(name)
    except OSError:
        return None
    return status.st_dev, status.st_ino
