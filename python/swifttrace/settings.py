"""What is traced, how it is printed and where: checked, before anything is opened."""

from __future__ import annotations

import errno
import os
import sys

from . import swifttrace as native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType
    from typing import TypedDict

    from .colours import Paint
    from .debugging import Log
    from .details import Details

    Look = tuple[bool, Paint | None, int, int]

    class Options(TypedDict, total=False):
        """What `enable`, `configure` and `trace` take besides the level."""

        scope: str | None
        include: str | Iterable[str]
        exclude: str | Iterable[str]
        output: str | bytes | os.PathLike[str] | os.PathLike[bytes] | None
        fd: int | None
        show: str | Iterable[str]
        follow: bool
        last: int | None
        dump_signal: str | None
        time: bool | str
        format: str | None
        banner: bool | None
        values: bool | str
        calls: bool | str
        depth: int | None
        show_secrets: bool
        watch: str | Iterable[str]
        watch_break: bool
        color: str
        wrap: bool | int
        cut: bool | int


SCOPES = ("script", "project", "all")
LEVELS = (1, 2, 3)
SHOWABLE = ("pid", "thread", "task", "depth", "module", "function")
TIMES = ("start", "delta")
STANDARD_ERROR = 2
_FIELDS = 4
_CALLS = 8
_SHOWN_BITS = {"pid": 1, "thread": 2, "task": 4, "depth": 16, "function": 32, "module": 64}
_TIME_BITS = {"start": 128, "delta": 256}
_NO_BANNER, _BANNER_WHERE_SHARED, _BANNER = range(3)
MOST_LAST = 10_000_000
COLORS = ("auto", "always", "never")
MOST_COLUMNS = 10_000
DEBUG_LOG = "swifttrace.log"
_FITS = ("", "cut", "wrap")

_OWN_DIRECTORY = os.path.dirname(os.path.abspath(__file__))
_STANDARD_LIBRARY = os.path.dirname(os.path.abspath(os.__file__))
_ROOT_MARKERS = (".git", ".hg", "pyproject.toml", "setup.py", "setup.cfg")

native.configure(_STANDARD_LIBRARY)


class Settings:
    """The settings of one trace.

    Raises `TypeError` or `ValueError`, with the name of what is wrong.
    """

    __slots__ = (
        "as_fields",
        "banner",
        "color",
        "columns",
        "continues",
        "debug",
        "debug_log",
        "depth",
        "details",
        "dump_signal",
        "exclude",
        "fd",
        "fit",
        "follow",
        "format",
        "include",
        "last",
        "level",
        "log",
        "output",
        "places",
        "roots",
        "scope",
        "shares",
        "show",
        "show_secrets",
        "time",
    )

    def __init__(
        self,
        level: int,
        scope: str | None = None,
        include: str | Iterable[str] = (),
        exclude: str | Iterable[str] = (),
        output: str | bytes | os.PathLike[str] | os.PathLike[bytes] | None = None,
        fd: int | None = None,
        show: str | Iterable[str] = (),
        follow: bool = False,
        last: int | None = None,
        dump_signal: str | None = None,
        time: bool | str = False,
        format: str | None = None,
        banner: bool | None = None,
        values: bool | str = False,
        calls: bool | str = False,
        depth: int | None = None,
        show_secrets: bool = False,
        watch: str | Iterable[str] = (),
        watch_break: bool = False,
        color: str = "auto",
        wrap: bool | int = False,
        cut: bool | int = False,
        debug: int = 0,
        debug_log: str | None = None,
    ) -> None:
        self.details: Details | None = None
        """What is shown besides the lines, where anything is."""
        if values or calls or depth is not None or show_secrets or watch:
            from .details import Details

            self.details = Details(values, calls, depth, show_secrets, watch, watch_break) or None
        self.log: Log | None = None
        """What the tracer does, once `open_log` has begun to write it."""
        self.debug = _checked_debug(debug if debug or debug_log is None else 1)
        self.debug_log = debug_log
        self.show_secrets = bool(show_secrets)
        self.follow = follow
        """Whether Python processes that this one starts are traced too."""
        self.as_fields = False
        """For programs: a line is its file's name, its number and its text, with U+001F
        between them, and what a ring keeps says how many calls deep it is."""
        self.banner = _checked_banner(banner)
        """Whether there are start and end lines; None: in files, and where processes share."""
        self.continues = False
        """Whether this process was traced before it ran `exec`: its file goes on."""
        self.depth = 1
        """How many processes deep this one is: 1 is the first."""
        self.places: list[str] = []
        """Where the descriptor came from that this process traces to."""
        self.shares: native.Session | None = None
        """A session that has opened what these settings write to, too."""
        self.roots: tuple[str, ...] = ()
        """The project's root, once it was looked for."""
        self.level = _checked_level(level)
        self.scope = _checked_scope(scope, self.level)
        self.include = _checked_patterns("include", include)
        self.exclude = _checked_patterns("exclude", exclude)
        self.output = None if output is None else _checked_output(output)
        self.fd = _checked_descriptor(fd)
        self.show = _checked_show(show)
        self.time = _checked_time(time)
        """ "start", "delta" or nothing: what seconds are counted from."""
        self.format = _checked_format(format)
        self.color = _checked_color(color)
        self.fit, self.columns = _checked_fit(wrap, cut)
        """ "wrap", "cut" or nothing: what becomes of lines that are too wide; and how wide
        that is, 0: the terminal."""
        self.last = _checked_last(last)
        """How many lines are kept, to be printed when asked for; 0: all are written."""
        self.dump_signal = _checked_signal(dump_signal)
        if self.output is not None and fd is not None:
            raise ValueError("output and fd exclude each other")
        if self.dump_signal and not self.last:
            raise ValueError("dump_signal needs last")
        if self.format is not None and (self.show or self.time):
            raise ValueError("format names what it shows: it excludes show and time")

    def open(
        self,
        scripts: Iterable[str] | None,
        near: str,
        held: tuple[CodeType, bytes] | None = None,
        command: bytes | None = None,
    ) -> native.Session:
        """Open the sink and return the native session.

        `scripts` are the script's files, None where it is yet to be met; `near` is a
        path in the project; `command` is the text of the `-c` that is yet to run.
        Raises `OSError`.
        """
        if self.fd != STANDARD_ERROR:
            _check_writable(self.fd)
        if self.scope == "project" and not self.roots:
            self.roots = _project_roots(near)
        session = native.open_session(
            _FIELDS if self.as_fields else self.level,
            SCOPES.index(self.scope),
            None if scripts is None else tuple(scripts),
            self.roots,
            self.include,
            self.exclude,
            (_STANDARD_LIBRARY,),
            _OWN_DIRECTORY,
            self.output if self.shares is None else self.shares,
            self.fd,
            self._shown(),
            self.depth,
            command,
            self.continues,
            self.last,
            _signal_number(self.dump_signal),
            self.format,
            banner := self._banner_wanted(),
            tuple(getattr(sys, "orig_argv", ())) if banner else (),
            None if self.details is None else self.details.native(),
            self._look(),
        )
        if held is not None:
            native.hold_source(*held)
        return session

    def open_log(self) -> None:
        """Begin the debug log, where one is wanted. Raises `OSError`."""
        if not self.debug:
            return
        from .debugging import Log

        self.debug_log = os.path.abspath(self.debug_log or DEBUG_LOG)
        self.log = Log(self, self.debug_log, self.debug)
        if self.debug > 1:
            from .details import Details

            self.details = self.details or Details(show_secrets=self.show_secrets)
            self.details.add(self.log.hook)

    def _look(self) -> Look | None:
        """The native module's `Look`."""
        is_terminal = self.output is None and not self.last and os.isatty(self.fd)
        fit = _FITS.index(self.fit) if self.columns or is_terminal else 0
        is_auto = self.color == "auto" and is_terminal and self.fd == STANDARD_ERROR
        has_colours = self.color == "always" or (is_auto and _shows_colours())
        if self.as_fields or not (fit or has_colours):
            return None
        paint = None
        if has_colours:
            from .colours import painter

            paint = painter()
        return has_colours, paint, fit, self.columns

    def _shown(self) -> int:
        """The native module's `LineFields`."""
        shown = _CALLS * self.as_fields + _TIME_BITS.get(self.time, 0)
        return shown + sum(_SHOWN_BITS[field] for field in self.show)

    def _banner_wanted(self) -> int:
        if self.banner is False or self.last:
            return _NO_BANNER
        return _BANNER if self.banner or self.output is not None else _BANNER_WHERE_SHARED

    def writes_as(self, other: Settings) -> bool:
        """Whether both name one file."""
        if self.output is None or other.output is None:
            return False
        return os.path.abspath(self.destination) == os.path.abspath(other.destination)

    @property
    def destination(self) -> str:
        """Where the lines go, for people."""
        if self.output is not None:
            return os.fsdecode(self.output)
        return "stderr" if self.fd == STANDARD_ERROR else f"descriptor {self.fd}"


def _shows_colours() -> bool:
    """Whether a terminal is to have any.

    `os.environ.get` is Python, whose lines would be in a trace that is on already.
    """
    environment = getattr(os.environ, "_data", {})
    return not environment.get(b"NO_COLOR") and environment.get(b"TERM") != b"dumb"


def _checked_level(level: int) -> int:
    if not isinstance(level, int) or isinstance(level, bool):
        raise TypeError(f"level must be 1, 2 or 3, not {level!r}")
    if level not in LEVELS:
        raise ValueError(f"level must be 1, 2 or 3, not {level!r}")
    return int(level)


def _checked_scope(scope: str | None, level: int) -> str:
    if scope is None:
        return "all" if level == LEVELS[-1] else "script"
    if not isinstance(scope, str):
        raise TypeError(f"scope must be a str, not {scope!r}")
    if scope not in SCOPES:
        raise ValueError(f"scope must be script, project or all, not {scope!r}")
    return scope


def _checked_patterns(name: str, patterns: str | Iterable[str]) -> tuple[str, ...]:
    try:
        found = (patterns,) if isinstance(patterns, str) else tuple(patterns)
    except TypeError:
        raise TypeError(f"{name} must be patterns of type str, not {patterns!r}") from None
    for pattern in found:
        if not isinstance(pattern, str):
            raise TypeError(f"{name} must be patterns of type str, not {pattern!r}")
        if not pattern or "\0" in pattern:
            raise ValueError(f"{name} must be patterns for files, not {pattern!r}")
    return found


def _checked_show(fields: str | Iterable[str]) -> tuple[str, ...]:
    asked = fields.split(",") if isinstance(fields, str) else tuple(fields)
    for field in asked:
        if field not in SHOWABLE:
            raise ValueError(f"show must be of {', '.join(SHOWABLE)}, not {field!r}")
    return tuple(field for field in SHOWABLE if field in asked)


def _checked_time(time: bool | str) -> str:
    if isinstance(time, bool):
        return TIMES[0] if time else ""
    if time not in TIMES:
        raise ValueError(f"time must be True, False or one of {', '.join(TIMES)}, not {time!r}")
    return time


def _checked_format(template: str | None) -> bytes | None:
    if template is None:
        return None
    if not isinstance(template, str):
        raise TypeError(f"format must be a str, not {template!r}")
    encoded = template.encode("utf-8", "surrogateescape")
    try:
        native.check_format(encoded)
    except ValueError as error:
        raise ValueError(f"format: {error}") from None
    return encoded


def _checked_output(output: object) -> str | bytes:
    if not isinstance(output, (str, bytes, os.PathLike)):
        raise TypeError(f"output must be the name of a file, not {output!r}")
    name = os.fspath(output)
    try:
        encoded = os.fsencode(name)
    except UnicodeEncodeError:
        encoded = b""
    if not encoded or b"\0" in encoded:
        raise ValueError(f"output must be the name of a file, not {output!r}")
    return name


def _checked_descriptor(fd: int | None) -> int:
    if fd is None:
        return STANDARD_ERROR
    if not isinstance(fd, int) or isinstance(fd, bool):
        raise TypeError(f"fd must be a descriptor's number, not {fd!r}")
    if not 0 <= fd < 2**31:
        raise ValueError(f"fd must be a descriptor's number, not {fd!r}")
    return int(fd)


def _checked_banner(banner: bool | None) -> bool | None:
    if banner is not None and not isinstance(banner, bool):
        raise TypeError(f"banner must be True, False or None, not {banner!r}")
    return banner


def _checked_color(color: str) -> str:
    if color not in COLORS:
        raise ValueError(f"color must be one of {', '.join(COLORS)}, not {color!r}")
    return color


def _checked_debug(debug: int) -> int:
    if debug not in (0, *LEVELS):
        raise ValueError(f"debug must be 1, 2 or 3, not {debug!r}")
    return debug


def _checked_fit(wrap: bool | int, cut: bool | int) -> tuple[str, int]:
    if wrap is not False and cut is not False:
        raise ValueError("wrap and cut exclude each other")
    name, width = ("wrap", wrap) if wrap is not False else ("cut", cut)
    if not isinstance(width, int):
        raise TypeError(f"{name} must be True, False or a number of columns, not {width!r}")
    if isinstance(width, bool):
        columns = 0
    elif 1 <= width <= MOST_COLUMNS:
        columns = int(width)
    else:
        raise ValueError(f"{name} must be from 1 to {MOST_COLUMNS}, not {width!r}")
    if width is False:
        return "", 0
    return name, columns


def _checked_last(last: int | None) -> int:
    if last is None:
        return 0
    if not isinstance(last, int) or isinstance(last, bool):
        raise TypeError(f"last must be a number of lines, not {last!r}")
    if not 1 <= last <= MOST_LAST:
        raise ValueError(f"last must be from 1 to {MOST_LAST}, not {last!r}")
    return int(last)


def _checked_signal(name: str | None) -> str:
    """Return it without the `SIG`; empty for none."""
    if name is None:
        return ""
    if not isinstance(name, str):
        raise TypeError(f"dump_signal must be a signal's name, not {name!r}")
    short = name.removeprefix("SIG")
    if short in ("KILL", "STOP") or not short.isalnum() or not _signal_number(short):
        raise ValueError(f"dump_signal must be the name of a signal to be caught, not {name!r}")
    return short


def _signal_number(name: str) -> int:
    """0 where there is none of that name."""
    if not name:
        return 0
    import _signal  # type: ignore[import-not-found] # signal itself imports enum

    number = getattr(_signal, f"SIG{name}", 0)
    return number if isinstance(number, int) else 0


def _check_writable(fd: int) -> None:
    """Raise `OSError` for a descriptor that is closed or for reading alone."""
    import fcntl

    try:
        mode = fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(fd)) from None
    if mode == os.O_RDONLY:
        raise OSError(errno.EBADF, "Descriptor is not open for writing", str(fd))


def _project_roots(near: str) -> tuple[str, ...]:
    """The project's root by both its names, where a symbolic link leads to it."""
    return tuple({_project_root(near), _project_root(os.path.realpath(near))})


def _project_root(near: str) -> str:
    start = directory = os.path.abspath(near)
    while True:
        if any(os.path.lexists(os.path.join(directory, marker)) for marker in _ROOT_MARKERS):
            return directory
        parent = os.path.dirname(directory)
        if parent == directory:
            return start
        directory = parent
