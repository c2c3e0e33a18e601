"""What is traced, how it is printed and where: checked, before anything is opened."""

from __future__ import annotations

import os
import sys

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__
from . import checks
from .checks import LEVELS, PATHS, SCOPES, STANDARD_ERROR, STANDARD_OUTPUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType
    from typing import TypedDict

    from ..debug_log.log import Log
    from ..details.colours import Paint
    from ..details.details import Details

    Join = Callable[[bytes], tuple[bytes, list[int]] | None]
    Look = tuple[bool, Paint | None, int, int, Join | None]

    class Options(TypedDict, total=False):
        """What `enable`, `configure` and `trace` take besides the level."""

        scope: str | None
        include: str | Iterable[str]
        exclude: str | Iterable[str]
        output: str | bytes | os.PathLike[str] | os.PathLike[bytes] | None
        fd: int | None
        show: str | Iterable[str]
        follow: bool
        append: bool
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
        debug: int
        debug_log: str | bytes | os.PathLike[str] | os.PathLike[bytes] | None
        paths: str | None
        statements: bool


_FIELDS = 4
_CALLS = 8
_SHOWN_BITS = {"pid": 1, "thread": 2, "task": 4, "depth": 16, "function": 32, "module": 64}
_TIME_BITS = {"start": 128, "delta": 256, "line": 512}
_NO_BANNER, _BANNER_WHERE_SHARED, _BANNER = range(3)
DEBUG_LOG = "swifttrace.log"
_FITS = ("", "cut", "wrap")

_OWN_DIRECTORY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_STANDARD_LIBRARY = os.path.dirname(os.path.abspath(os.__file__))
_ROOT_MARKERS = (".git", ".hg", "pyproject.toml", "setup.py", "setup.cfg")

native.configure(_STANDARD_LIBRARY)


class Settings:
    """The settings of one trace.

    Raises `TypeError` or `ValueError`, with the name of what is wrong.
    """

    __slots__ = (
        "append",
        "as_fields",
        "banner",
        "color",
        "columns",
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
        "moved_to",
        "output",
        "parent_script",
        "paths",
        "places",
        "reach",
        "resumed",
        "roots",
        "runner",
        "scope",
        "script",
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
        debug_log: str | bytes | os.PathLike[str] | os.PathLike[bytes] | None = None,
        append: bool = False,
        paths: str | None = None,
        statements: bool = False,
    ) -> None:
        self.details: Details | None = None
        """What is shown besides the lines, where anything is."""
        more = values or calls or show_secrets or watch or watch_break or statements
        if more or depth is not None:
            from ..details.details import Details

            asked = (values, calls, depth, show_secrets, watch, watch_break, statements)
            self.details = Details(*asked) or None
        self.log: Log | None = None
        """What the tracer does, once `open_log` has begun to write it."""
        self.debug = checks.debug(debug if debug or debug_log is None else 1)
        self.debug_log = checks.debug_log(debug_log)
        self.show_secrets = bool(show_secrets)
        self.follow = follow
        """Whether Python processes that this one starts are traced too."""
        self.as_fields = False
        """For programs: a line is its file's name, its number and its text, with U+001F
        between them, and what a ring keeps says how many calls deep it is."""
        self.banner = checks.banner(banner)
        """Whether there are start and end lines; None: in files, and where processes share."""
        self.resumed: dict[str, str] | None = None
        """Where this process was traced before it ran `exec`: the files that go on, by the
        names of the options."""
        self.moved_to: str | None = None
        """The file that the trace has, where the one that was named is another process's."""
        self.depth = 1
        """How many processes deep this one is: 1 is the first."""
        self.places: list[str] = []
        """Where the descriptor came from that this process traces to."""
        self.shares: native.Session | None = None
        """A session that has opened what these settings write to, too."""
        self.script: str | None = None
        """The script's file, once that is known: what children are told."""
        self.parent_script: str | None = None
        """That of the process which started this one, which works for it."""
        self.runner: str | None = None
        """The file of the installed command, or of the library, that runs the script."""
        self.roots: tuple[str, ...] = ()
        """The project's root, once it was looked for."""
        self.level = checks.level(level)
        self.scope = checks.scope("project" if watch and scope is None else scope, self.level)
        self.include = checks.patterns("include", include)
        self.exclude = checks.patterns("exclude", exclude)
        if checks.is_standard_output(output) and fd is None:
            output, fd = None, STANDARD_OUTPUT
        self.output = None if output is None else checks.output(output)
        self.fd = checks.descriptor(fd)
        self.show = checks.show(show)
        self.time = checks.time(time)
        """ "start", "delta", "line" or nothing: which seconds lines say."""
        self.format = checks.template(format)
        self.color = checks.color(color)
        self.fit, self.columns = checks.fit(wrap, cut)
        """ "wrap", "cut" or nothing: what becomes of lines that are too wide; and how wide
        that is, 0: the terminal."""
        self.last = checks.last(last)
        """How many lines are kept, to be printed when asked for; 0: all are written."""
        self.reach = 0
        """How many lines a report can be made of, where that is more than `last`."""
        self.paths = checks.paths(paths)
        """ "short", "relative", "absolute" or nothing: how lines show the file they are of."""
        self.dump_signal = checks.signal(dump_signal)
        self.append = bool(append)
        """Whether what an earlier run has left in the file stays."""
        if output is not None and fd is not None:
            raise ValueError("output and fd exclude each other")
        if self.dump_signal and not self.last:
            raise ValueError("dump_signal needs last")
        if self.append and self.output is None and fd != STANDARD_OUTPUT and not self.debug:
            raise ValueError("append needs output")
        if self.append and self.last:
            raise ValueError("append and last exclude each other")
        if self.format is not None and (self.show or self.time):
            raise ValueError("format names what it shows: it excludes show and time")
        if follow:
            from ..children.following import check_length  # which imports us

            check_length(self)

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
            checks.check_writable(self.fd)
        if self.output is not None and self.shares is None:
            self._check_no_source(self.output, scripts or ())
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
            (self.resumed or {}).get("output"),
            self.append,
            self.last,
            checks.signal_number(self.dump_signal),
            self.format,
            banner := self._banner_wanted(),
            self.command_line() if banner else (),
            None if self.details is None else self.details.native(),
            self._look(),
            self.parent_script,
            self._paths(),
            self.reach,
        )
        if held is not None:
            native.hold_source(*held)
        if self.output is not None and self.shares is None:
            self._note_file(session, self.output)
        return session

    def command_line(self) -> tuple[str, ...]:
        """Return the process's own, without its secrets."""
        arguments = tuple(getattr(sys, "orig_argv", ()))
        return arguments if self.show_secrets else tuple(native.without_secrets(arguments))

    def _check_no_source(self, output: str | bytes, scripts: Iterable[str]) -> None:
        if self.resumed is None and os.path.abspath(os.fsdecode(output)) not in _opened:
            checks.check_no_source(output, scripts)

    def _note_file(self, session: native.Session, output: str | bytes) -> None:
        """Say where the trace is, if not in the file that was named."""
        path = native.output_path(session)
        _opened.add(os.path.abspath(os.fsdecode(output)))
        if path is None or self.depth > 1 or self.resumed or "%p" in os.fsdecode(output):
            return
        if not checks.is_same_file(path, output):
            self.moved_to = path
            name = os.fsdecode(output)
            checks.say(f"{name} is written by another process: this trace is in {path}")

    def open_log(self) -> None:
        """Begin the debug log, where one is wanted. Raises `OSError`."""
        if not self.debug:
            return
        from ..debug_log.log import Log

        if self.debug_log != checks.DASH:
            self.debug_log = os.path.abspath(self.debug_log or DEBUG_LOG)
        self.log = Log(self, self.debug_log, self.debug)
        if self.debug > 1:
            from ..details.details import Details

            self.details = self.details or Details(show_secrets=self.show_secrets)
            self.details.add(self.log.hook)

    def _look(self) -> Look | None:
        """The native module's `Look`."""
        is_fd = self.output is None and self.shares is None
        is_terminal = is_fd and not self.last and os.isatty(self.fd)
        fit = _FITS.index(self.fit) if self.columns or is_terminal else 0
        is_auto = self.color == "auto" and is_terminal and self.fd == STANDARD_ERROR
        has_colours = self.color == "always" or (is_auto and _shows_colours())
        joins = self.details is not None and self.details.statements
        if self.as_fields or not (fit or has_colours or joins):
            return None
        paint = None
        join: Join | None = None
        if joins:
            from ..details.statements import joined_text

            join = joined_text
        if has_colours:
            from ..details.colours import painter

            paint = painter()
        return has_colours, paint, fit, self.columns, join

    def _paths(self) -> int:
        """The native module's `Asked.paths`.

        In a project there are several files, and each line says which it is of.
        """
        if self.as_fields:
            return 0
        names_files = self.scope == "project" and self.level < LEVELS[-1]
        return PATHS.index(self.paths or ("relative" if names_files else "short"))

    def _shown(self) -> int:
        """The native module's `LineFields`."""
        shown = _CALLS * self.as_fields + _TIME_BITS.get(self.time, 0)
        for field in self.show:
            shown |= _SHOWN_BITS[field]
        return shown

    def _banner_wanted(self) -> int:
        if self.banner is False or self.last:
            return _NO_BANNER
        return _BANNER if self.banner or self.output is not None else _BANNER_WHERE_SHARED

    def writes_as(self, other: Settings) -> bool:
        """Whether both name one file."""
        if self.output is None or other.output is None:
            return False
        return os.path.abspath(self.destination) == os.path.abspath(other.destination)

    def keeps_as(self, other: Settings) -> bool:
        """Whether both keep as many lines in one file, and print them alike."""
        if not self.last or self.last != other.last or not self.writes_as(other):
            return False
        return self._printing == other._printing

    @property
    def _printing(self) -> tuple[object, ...]:
        return self.dump_signal, self.fd, self.depth, self.as_fields, self.color, self.fit

    @property
    def destination(self) -> str:
        """Where the lines go, for people."""
        if self.output is not None:
            return self.moved_to or os.fsdecode(self.output)
        return "stderr" if self.fd == STANDARD_ERROR else f"descriptor {self.fd}"


_opened: set[str] = set()
"""The files that were written to, by the names that were given: none is a program's source."""


def _shows_colours() -> bool:
    """Whether a terminal is to have any.

    `os.environ.get` is Python, whose lines would be in a trace that is on already.
    """
    environment = getattr(os.environ, "_data", {})
    return not environment.get(b"NO_COLOR") and environment.get(b"TERM") != b"dumb"


def _project_roots(near: str) -> tuple[str, ...]:
    """The project's root by both its names, where a symbolic link leads to it."""
    return tuple({_project_root(near), _project_root(os.path.realpath(near))})


def _project_root(near: str) -> str:
    start = directory = os.path.abspath(near)
    while True:
        for marker in _ROOT_MARKERS:
            if os.path.lexists(os.path.join(directory, marker)):
                return directory
        parent = os.path.dirname(directory)
        if parent == directory:
            return start
        directory = parent
