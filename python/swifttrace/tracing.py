"""Tracing from within a program: `enable`, `disable`, `trace`, `status`."""

from __future__ import annotations

import os
import sys
from _thread import RLock
from _weakref import ref

from . import swifttrace as native
from .following import Following, current_directory, leave_children
from .settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType, FrameType, TracebackType
    from typing import Any, ParamSpec, TypeVar, Unpack

    from .settings import Options

    P = ParamSpec("P")
    R = TypeVar("R")
    PathType = str | bytes | os.PathLike[str] | os.PathLike[bytes]


class Trace:
    """Settings and the native session that was opened for them."""

    __slots__ = ("__weakref__", "following", "is_over", "session", "settings")

    def __init__(self, settings: Settings, session: native.Session) -> None:
        self.settings = settings
        self.session = session
        self.following = Following(settings, session) if settings.follow else None
        self.is_over = False
        if settings.output is not None:
            _writing[:] = [ref(self), *(other for other in _writing if other() is not None)]
        if settings.last:
            from . import uncaught  # noqa: F401 (not while the trace is on)

    def end(self) -> None:
        """Nothing more comes of it."""
        native.end_session(self.session)
        self.is_over = True


_writing: list[ref[Trace]] = []
"""Traces to files."""


class _State:
    """What is traced by now: the settings of `enable()` below, those of each `trace`
    block on top of them, None for not at all. The last one holds.
    """

    def __init__(self) -> None:
        self.lock = RLock()
        self.stack: list[list[Trace | None]] = [[None]]
        self.active: Trace | None = None
        self.ring: Trace | None = None
        """The last one in force that keeps lines."""
        self.left_by: tuple[int, CodeType, int] | None = None
        """The exception by which the last block that keeps lines ended: its identity,
        and the place in the block that it came through."""
        self.pair: Trace | None = None
        self.inherited: Trace | None = None
        """The one that the environment asked for."""
        self.depth = 1
        """How many processes deep this one is: 1 where no traced one started it."""
        self.pid = os.getpid()

    def set_pair(self, new: Trace) -> None:
        """What the pair of trace functions prints by while they are used apart."""
        native.set_pair_session(new.session)
        self.pair = new
        if new.settings.last:
            self.ring = new

    def change(self, new: Trace | None) -> None:
        with self.lock:
            before = self.stack[-1][0]
            self.stack[-1][0] = new
            try:
                self._apply()
            except BaseException:
                self.stack[-1][0] = before
                self._apply()
                raise
            if before is not None:
                before.end()
                if before.settings.log is not None:
                    before.settings.log.ended(before.session)

    def inherit(self, new: Trace) -> None:
        self.inherited, self.depth = new, new.settings.depth
        self.change(new)

    def make_way(self, settings: Settings) -> None:
        """Stop a trace to the file that the next one empties, or goes on with: this
        process has emptied it already where the environment began the first.
        """
        active = self.stack[-1][0]
        if active is not None and settings.writes_as(active.settings):
            settings.continues = active is self.inherited
            self.change(None)

    def push(self, new: Trace) -> list[Trace | None]:
        with self.lock:
            block: list[Trace | None] = [new]
            self.stack.append(block)
            try:
                self._apply()
            except BaseException:
                self.drop(block)
                raise
            return block

    def drop(self, block: list[Trace | None]) -> None:
        """Blocks of several threads may end in any order."""
        with self.lock:
            self.stack = [other for other in self.stack if other is not block]
            self._apply()

    def _apply(self) -> None:
        new = self.stack[-1][0]
        # None also where nothing is active: the module may have been imported anew.
        if new is not self.active or new is None:
            before, self.active = self.active, None
            if before is not None and before.following is not None:
                before.following.end()
            if new is None:
                native.activate(None)
            else:
                self._begin(new)
                if new.settings.last:
                    self.ring, self.left_by = new, None
            self.active = new

    def _begin(self, new: Trace) -> None:
        following, log = new.following, new.settings.log
        if log is not None:
            log.activating()
        if following is not None:
            following.begin(self.depth)
        try:
            native.activate(new.session)
        except BaseException:
            if following is not None:
                following.end()
            raise
        if log is not None:
            log.activated(new.session)

    def before_fork(self) -> None:
        self.lock.acquire()

    def after_fork(self) -> None:
        self.lock.release()

    def forked(self) -> None:
        """In a child that was forked: its own children are one process deeper.

        Called after `os.fork()`, and at the first line that is traced: a fork that was
        made in C shows no sooner.
        """
        if self.pid == os.getpid():
            return
        self.pid = os.getpid()
        self.lock = RLock()
        if any(trace is not None for (trace,) in self.stack):
            self.depth += 1
        for (trace,) in self.stack:
            if trace is not None and trace.settings.log is not None:
                trace.settings.log.forked(self.depth)
        if self.active is not None and self.active.following is not None:
            self.active.following.write(self.depth)


_state = _State()
os.register_at_fork(
    before=_state.before_fork, after_in_parent=_state.after_fork, after_in_child=_state.forked
)
native.set_fork_hook(_state.forked)


def enable(
    level: int = 1,
    *,
    scope: str | None = None,
    include: str | Iterable[str] = (),
    exclude: str | Iterable[str] = (),
    output: PathType | None = None,
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
) -> None:
    """Trace from the next line on, in every frame of every thread.

    level: 1 prints `+ line`, 2 `+ [number] line`, 3 `+ [file:number] line`.
    scope: "script" (the files of `__main__` and of the caller, the default of levels 1
        and 2), "project" or "all" (the default of level 3).
    include, exclude: shell patterns for files; exclude wins over include and scope.
    output: a file to write; it is emptied first. fd: a descriptor instead. Neither:
        standard error.
    show: any of "pid", "thread", "task", "depth" (of calls in scope), "module" and
        "function", to be said of each line.
    time: True or "start" for seconds since the start, "delta" since the line before.
    format: a template in place of the level's format, as
        "{prefix} {name:>20}:{lineno:<4} {line}".
    follow: trace the Python processes that this one starts, too.
    last: keep so many lines and print them when they are asked for: by `dump()`, by an
        uncaught exception, by a signal that ends the process. With `output` the file has
        them as well, for `swifttrace show` to read.
    dump_signal: "USR1", for one: has them printed, too.
    banner: whether the trace has a start and an end line, which begin with `# `. By
        default it has them in a file, and where several processes share standard error.

    values: show the names that each line has bound or changed, in a line of its own:
        `# x = 3 → 4`. True: by what built-in types look like, and no code of the program's
        is run; "repr": by the `repr` of other objects, too.
    calls: show calls with their arguments (`=>`), returns (`<=`), yields (`<~`), what is
        resumed (`~>`) and exceptions (`!!`); "only": and no lines.
    depth: show nothing that is more calls in scope deep; 1 is what nobody in scope called.
    show_secrets: show the values of names such as `password`, which are `***` otherwise.

    watch: expressions, whose values are compared after each line in scope. Printed is, and
        nothing else, a line that has changed one: `# sys.path[0] = 'a' → 'b'`. They are
        evaluated: reading them should change nothing.
    watch_break: stop in pdb before the line that comes next.

    color: "always", "never" or, where standard error is a terminal that shows them and
        NO_COLOR is unset, "auto". With Pygments the source has the colours of its syntax.
    wrap, cut: what becomes of lines wider than so many columns, than the terminal where
        True: they go on below their text, or end in `…`.

    Enabled again, the settings change. Raises `TypeError`, `ValueError` or `OSError`
    with the name of what is wrong, and `RuntimeError` where another tool leaves no way.
    """
    settings = Settings(**locals())
    make_way(settings)
    _state.change(open_trace(settings, sys._getframe(1)))


def watch(
    *expressions: str, stop: bool = False, level: int = 3, **options: Unpack[Options]
) -> None:
    """Find the line that changes what an expression says, as `watch("sys.path[0]")`.

    The same as `enable(level, watch=expressions, watch_break=stop)`: it looks at the lines
    of every module where no scope is given.
    """
    if not expressions:
        raise ValueError("watch needs an expression")
    watched: Options = {**options, "watch": expressions, "watch_break": stop}
    settings = Settings(level, **watched)
    make_way(settings)
    _state.change(open_trace(settings, sys._getframe(1)))


def disable() -> None:
    """Trace no longer; what a file still lacks is written. Safe to call twice."""
    _state.change(None)


def configure(level: int = 1, **options: Unpack[Options]) -> None:
    """Set what `sys.settrace(swifttrace.global_trace)` prints, and trace nothing yet.

    Takes what `enable` takes; without it the pair prints level 1. While `enable` is in
    force the pair prints nothing: its lines are printed already.
    """
    settings = Settings(level, **options)
    _state.set_pair(open_trace(settings, sys._getframe(1)))


class trace:  # noqa: N801 (it reads as a function)
    """Trace a block or a function: `with trace(2): ...`, `@trace(2)`.

    Takes what `enable` takes. What was in force before comes back at the end. A
    generator or coroutine is traced while it runs, not while it is suspended.
    """

    def __init__(self, level: int = 1, **options: Unpack[Options]) -> None:
        settings = Settings(level, **options)
        self._trace = open_trace(settings, sys._getframe(1))
        self._blocks: list[list[Trace | None]] = []
        self._has_functions = False

    def __enter__(self) -> trace:
        self._blocks.append(_state.push(self._trace))
        return self

    def __exit__(
        self, _: object, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _state.drop(self._blocks.pop())
        if error is not None and traceback is not None and _state.ring is self._trace:
            _state.left_by = id(error), traceback.tb_frame.f_code, traceback.tb_lasti
        # A function may be called again.
        if not self._blocks and not self._has_functions:
            self._trace.end()

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        from .steps import traced_function  # which imports functools: not for every run

        self._has_functions = True
        return traced_function(function, self)


def dump() -> None:
    """Print the lines that `last` has kept, also after `disable()`.

    They go to standard error, or where `fd` said. Where they cannot be written nothing is
    raised. Raises `RuntimeError` where no trace has kept any.
    """
    if _state.ring is None:
        raise RuntimeError("no lines are kept: enable(last=N) keeps the last N")
    session = _state.ring.session
    native.print_report(session, native.report(session, False))


def kept_until(error: BaseException) -> Trace | None:
    """Return the trace that keeps lines, if it was in force as `error` was raised."""
    ring = _state.ring
    if ring is None or ring is _state.active or _state.left_by is None:
        return ring if ring is _state.active else None
    identity, *place = _state.left_by
    traceback = error.__traceback__ if id(error) == identity else None
    while traceback and [traceback.tb_frame.f_code, traceback.tb_lasti] != place:
        traceback = traceback.tb_next
    return ring if traceback else None


class Status:
    """What `status()` answers."""

    __slots__ = ("enabled", "engine", "level", "lines", "output", "reason", "scope", "stopped")

    enabled: bool
    """Whether lines are being traced."""
    level: int | None
    scope: str | None
    output: str | None
    """A file's name, "stderr" or "descriptor N"."""
    lines: int
    """Printed under the present settings."""
    stopped: str | None
    """Why the trace stopped by itself, where it did."""
    engine: str
    """ "sys.monitoring", "settrace", or "none" before the first use."""
    reason: str
    """Why that engine."""

    def __init__(self, **fields: Any) -> None:
        for name in self.__slots__:
            setattr(self, name, fields[name])

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"Status({fields})"


def status() -> Status:
    """Say what is traced, how, and how much has been."""
    current = _state.active
    engine, reason = native.engine()
    lines, stopped = (0, None) if current is None else native.session_state(current.session)
    settings = None if current is None else current.settings
    return Status(
        enabled=current is not None and stopped is None,
        level=settings and settings.level,
        scope=settings and settings.scope,
        output=settings and settings.destination,
        lines=lines,
        stopped=stopped,
        engine=engine,
        reason=reason,
    )


def configure_pair(caller: FrameType) -> None:
    """Let the pair print, where nothing was said of how."""
    if _state.pair is None:
        _state.set_pair(open_trace(Settings(1), caller))


def activate(new: Trace) -> None:
    """Put a trace in force that the launcher opened."""
    _state.change(new)
    if new.following is None:
        leave_children()  # The trace that the environment began may have had them follow.


def activate_inherited(new: Trace) -> None:
    """Put the trace in force that the environment asks for."""
    _state.inherit(new)


def make_way(settings: Settings) -> None:
    """Stop the trace in force where it writes to the file that `settings` name."""
    _state.make_way(settings)


def depth() -> int:
    """Return how many processes deep this one is: 1 where no traced one started it."""
    return _state.depth


def _check_unwritten(settings: Settings) -> None:
    """Two traces to one file would tear it."""
    for other in filter(None, (reference() for reference in _writing)):
        is_same = not other.is_over and settings.writes_as(other.settings)
        if is_same and os.path.isfile(settings.destination):
            raise ValueError(
                f"output {settings.destination!r} is written by another trace of this process"
            )


def open_trace(settings: Settings, caller: FrameType) -> Trace:
    """Open a trace whose script is `__main__`'s file and the caller's."""
    _check_unwritten(settings)
    file = caller.f_code.co_filename
    scripts = [file]
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    if isinstance(main, str):
        scripts.append(main)
    held = _command_of(caller)
    if held is not None and file == held[0].co_filename:
        scripts.remove(file)
    see_the_end(settings)
    settings.depth = _state.depth
    near = current_directory() if file.startswith("<") else os.path.dirname(os.path.abspath(file))
    return Trace(settings, settings.open(scripts, near, held))


def see_the_end(settings: Settings) -> None:
    """Where we do not launch the program: see how it ends."""
    if settings.last:
        from .uncaught import watch

        watch()


def _command_of(frame: FrameType) -> tuple[CodeType, bytes] | None:
    """Return the code and the text of `python -c`, where that is what runs."""
    while frame.f_back is not None:
        frame = frame.f_back
    code = frame.f_code
    place = len(sys.orig_argv) - len(sys.argv)
    if code.co_filename != "<string>" or sys.argv[:1] != ["-c"] or place < 0:
        return None
    text = sys.orig_argv[place].encode("utf-8", "surrogateescape")
    try:
        # Sure only where it compiles to what runs: sys.argv may have been changed.
        same = compile(text, "<string>", "exec").co_code == code.co_code
    except (SyntaxError, ValueError):
        return None
    return (code, text) if same else None
