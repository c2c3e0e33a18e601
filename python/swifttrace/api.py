"""Tracing from within a program: `enable`, `disable`, `trace`, `status`."""

from __future__ import annotations

import os

from . import swifttrace as native
from .config.settings import Settings
from .runtime import ending  # noqa: F401 (it gives us two names more)
from .runtime.builtins import __builtins__ as __builtins__
from .runtime.frames import frame_of
from .session.opening import open_here
from .session.state import state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType, TracebackType
    from typing import Any, ParamSpec, TypedDict, TypeVar, Unpack

    from .runtime.ending import EvenAtTheEnd, UntilTheEnd
    from .session.trace import Trace

    P = ParamSpec("P")
    R = TypeVar("R")
    until_the_end: UntilTheEnd
    even_at_the_end: EvenAtTheEnd
    PathType = str | bytes | os.PathLike[str] | os.PathLike[bytes]

    class Options(TypedDict, total=False):
        """What `enable`, `configure` and `trace` take besides the level."""

        scope: str | None
        include: str | Iterable[str]
        exclude: str | Iterable[str]
        output: PathType | None
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
        debug_log: PathType | None
        paths: str | None
        statements: bool


def enable(
    level: int = 1,
    *,
    scope: str | None = None,
    include: str | Iterable[str] = (),
    exclude: str | Iterable[str] = (),
    output: PathType | None = None,
    fd: int | None = None,
    show: str | Iterable[str] = (),
    append: bool = False,
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
    debug_log: PathType | None = None,
    paths: str | None = None,
    statements: bool = False,
) -> None:
    """Trace from the next line on, in every frame of every thread.

    level: 1 prints `+ line`, 2 `+ [number] line`, 3 `+ [file:number] line`.
    scope: "script" (the files of `__main__` and of the caller, the default of levels 1
        and 2), "project" or "all" (the default of level 3).
    include, exclude: shell patterns for files; exclude wins over include and scope.
    output: a file to write. What an earlier run has left in it goes, unless `append` is
        true; traces of one process go on behind each other. A file that another process is
        writing is left alone: the trace goes to `FILE.PID`. "-" is standard output,
        "./-" and `Path("-")` a file. fd: a descriptor instead. Neither: standard error.
    show: any of "pid", "thread", "task", "depth" (of calls in scope), "module" and
        "function", to be said of each line.
    time: True or "start" for seconds since the start; "delta" since the line before began,
        which is what that one took, not the line that says it; "line" for what the line itself
        took, without the lines that it calls: each is printed when it ends.
    format: a template in place of the level's format, as
        "{prefix} {name:>20}:{lineno:<4} {line}".
    follow: trace the Python processes that this one starts, too.
    last: keep so many lines and print them when they are asked for: by `dump()`, by an
        uncaught exception, by a crash (SIGSEGV, SIGABRT). With `output` the file has
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

    statements: show a statement that has several lines once, as one line.
    paths: show the file of each line as "relative" (to the directory where the process began)
        or "absolute"; "short", as the level does. By default relative at levels 1 and 2 of the
        scope "project".

    color: "always", "never" or, where standard error is a terminal that shows them and
        NO_COLOR is unset, "auto". With Pygments the source has the colours of its syntax.
    wrap, cut: what becomes of lines wider than so many columns, than the terminal where
        True: they go on below their text, or end in `…`.

    debug: write a log of what the tracer does, 1, of calls, returns and exceptions, too, 2,
        and of the locals of each function that returns, 3. debug_log: in that file, not in
        `swifttrace.log`. Begun again by the same process it goes on. `trace` and
        `configure` write none.

    Enabled again, the settings change. Raises `TypeError`, `ValueError` or `OSError`
    with the name of what is wrong, and `RuntimeError` where another tool leaves no way.
    """
    with until_the_end:
        # One by one: 3.13's `locals()` crashes where there is no memory for it.
        settings = Settings(
            level=level,
            scope=scope,
            include=include,
            exclude=exclude,
            output=output,
            fd=fd,
            show=show,
            append=append,
            follow=follow,
            last=last,
            dump_signal=dump_signal,
            time=time,
            format=format,
            banner=banner,
            values=values,
            calls=calls,
            depth=depth,
            show_secrets=show_secrets,
            watch=watch,
            watch_break=watch_break,
            color=color,
            wrap=wrap,
            cut=cut,
            debug=debug,
            debug_log=debug_log,
            paths=paths,
            statements=statements,
        )
        _change(settings, native.frame(1))


def watch(
    *expressions: str, stop: bool = False, level: int = 3, **options: Unpack[Options]
) -> None:
    """Find the line that changes what an expression says, as `watch("sys.path[0]")`.

    The same as `enable(level, watch=expressions, watch_break=stop)`: it looks at the lines
    of the project if no scope is given.
    """
    if not expressions:
        raise ValueError("watch needs an expression")
    with until_the_end:
        watched: Options = {**options, "watch": expressions, "watch_break": stop}
        settings = Settings(level=level, **watched)
        _change(settings, native.frame(1))


def _change(settings: Settings, caller: FrameType) -> None:
    state.make_way(settings)
    state.change(open_here(settings, caller))


def disable() -> None:
    """Trace no longer; what a file still lacks is written. Safe to call twice."""
    with even_at_the_end:
        state.change(None)


def configure(level: int = 1, **options: Unpack[Options]) -> None:
    """Set what `sys.settrace(swifttrace.global_trace)` prints, and trace nothing yet.

    Takes what `enable` takes; without it the pair prints level 1. While `enable` is in
    force the pair prints nothing: its lines are printed already.
    """
    with until_the_end:
        settings = _without_log(Settings(level=level, **options))
        state.set_pair(open_here(settings, native.frame(1)))


def _without_log(settings: Settings) -> Settings:
    if settings.debug:
        raise ValueError("debug is for enable() and watch() alone")
    return settings


class trace:  # noqa: N801 (it reads as a function)
    """Trace a block or a function: `with trace(2): ...`, `@trace(2)`.

    Takes what `enable` takes. What was in force before comes back at the end. A
    generator or coroutine is traced while it runs, not while it is suspended.
    """

    def __init__(self, level: int = 1, **options: Unpack[Options]) -> None:
        with until_the_end:
            settings = _without_log(Settings(level=level, **options))
            self._trace = open_here(settings, native.frame(1))
        self._blocks: list[list[Trace | None]] = []
        self._has_functions = False

    def __enter__(self) -> trace:
        with until_the_end:
            self._blocks.append(state.push(self._trace))
        return self

    def __exit__(
        self, _: object, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with even_at_the_end:
            state.drop(self._blocks.pop())
            if error is not None and traceback is not None and state.ring is self._trace:
                state.left_by = id(error), native.code(frame_of(traceback)), traceback.tb_lasti
            # A function may be called again.
            if not self._blocks and not self._has_functions:
                self._trace.end()

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        from .decorators import traced_function  # which imports functools: not for every run

        self._has_functions = True
        return traced_function(function, self)


def dump() -> None:
    """Print the lines that `last` has kept, also after `disable()`.

    They go to standard error, or where `fd` said. Where they cannot be written nothing is
    raised. Raises `RuntimeError` where no trace has kept any.
    """
    with until_the_end:
        if state.ring is not None:
            session = state.ring.session
            return native.print_report(session, native.report(session, False))
    raise RuntimeError("no lines are kept: enable(last=N) keeps the last N")


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
    with until_the_end:
        current = state.active
        engine, reason = native.engine()
        lines, stopped = (0, None) if current is None else native.session_state(current.session)
        settings = None if current is None else current.settings
        return Status(
            enabled=current is not None and stopped is None,
            level=settings and settings.level,
            scope=settings and settings.scope,
            output=current and current.destination,
            lines=lines,
            stopped=stopped,
            engine=engine,
            reason=reason,
        )
