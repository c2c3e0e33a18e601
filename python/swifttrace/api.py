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
        record: bool
        max_size: int | str | None
        max_age: int | str | None
        keep: str | None
        fold: bool
        last: int | None
        dump_signal: str | None
        time: bool | str
        format: str | None
        banner: bool | None
        values: bool | str
        values_width: int
        calls: bool | str
        depth: int | None
        show_secrets: bool
        watch: str | Iterable[str]
        watch_break: bool
        on: str | Iterable[str]
        who: str | Iterable[str]
        unpaired: str | Iterable[str]
        exceptions: bool | str
        lines: int
        json: bool
        verbose: bool
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
    record: bool = False,
    max_size: int | str | None = None,
    max_age: int | str | None = None,
    keep: str | None = None,
    fold: bool = False,
    follow: bool = False,
    last: int | None = None,
    dump_signal: str | None = None,
    time: bool | str = False,
    format: str | None = None,
    banner: bool | None = None,
    values: bool | str = False,
    values_width: int = 120,
    calls: bool | str = False,
    depth: int | None = None,
    show_secrets: bool = False,
    watch: str | Iterable[str] = (),
    watch_break: bool = False,
    on: str | Iterable[str] = (),
    who: str | Iterable[str] = (),
    unpaired: str | Iterable[str] = (),
    exceptions: bool | str = False,
    lines: int = 40,
    json: bool = False,
    verbose: bool = False,
    color: str = "auto",
    wrap: bool | int = False,
    cut: bool | int = False,
    debug: int = 0,
    debug_log: PathType | None = None,
    paths: str | None = None,
    statements: bool = False,
) -> None:
    """Trace from the next line on, in every frame of every thread.

    level: 1 prints `+ line`, 2 prints `+ [number] line`, 3 prints `+ [file:number] line`.
    scope: the files to trace: "script" (the files of `__main__` and of the caller, the default
        at levels 1 and 2), "project", or "all" (the default at level 3).
    include, exclude: shell patterns for files. `exclude` overrides `include` and `scope`.

    output: the file to write. The file is emptied first, unless `append` is true. Several traces
        of one process add to the same file. If another process is writing the file, the trace
        goes to `FILE.PID`. "-" is standard output; "./-" and `Path("-")` are files.
    append: do not empty the file.
    record: write a recording to `output` and not text. It takes about one byte a line, and
        `swifttrace show` prints, folds and counts it.
    max_size, max_age: keep the last lines of a recording: as many as fit into a file of so many
        bytes ("64M"), or those of so many seconds ("10m").
    keep: "failed" removes the recording when the process ends with status 0.
    fold: keep each way through a loop once in the recording, with how often it was taken, and not
        each line.
    fd: a descriptor to write to. Without `output` and `fd` the trace goes to standard error.

    last: keep the last lines, as many as this number. `dump()`, an uncaught exception and a crash
        (SIGSEGV, SIGABRT) print them. With `output` they are in the file, too, and
        `swifttrace show` reads them.
    dump_signal: the name of a signal that prints them, such as "USR1".

    show: the fields to show in each line: "pid", "thread", "task", "depth" (of traced calls),
        "module", "function".
    time: True or "start" shows the seconds since the start. "delta" shows the seconds since the
        line before began. "line" shows the seconds that the line itself took, without the
        traced lines that it calls; each line is printed when it ends.
    format: a template that replaces the format of the level, such as
        "{prefix} {name:>20}:{lineno:<4} {line}".
    paths: "relative" shows the path of each file relative to the directory where the process
        began, "absolute" shows the absolute path, and "short" shows what the level shows. The
        default is "relative" at levels 1 and 2 with the scope "project".
    statements: show a statement that spans several lines once, as one line.
    banner: whether the trace has a start line and an end line, which begin with `# `. By default
        it has them in files, and if several processes share standard error.

    values: show the names that each line has bound or changed, in a line such as `# x = 3 → 4`.
        True runs no code of the program. "repr" calls the `repr` of the program's own classes.
        "used" shows the names that a line reads instead, behind the line.
    values_width: how many characters of a value are shown, 8 or more. Of a container it is twice as
        many.
    show_secrets: show the values of names such as `password`, which are `***` otherwise.
    calls: show calls with their arguments (`=>`), returns (`<=`), yields (`<~`), resumed
        generators and coroutines (`~>`), and exceptions (`!!`). "only" shows them without lines.
    depth: show nothing that is more than so many traced calls deep. A call from code that is not
        traced has depth 1.

    watch: expressions that are evaluated after each traced line. Only the lines that change a
        value are printed, with the change: `# sys.path[0] = 'a' → 'b'`. An expression must not
        change anything.
    watch_break: stop in pdb before the line that follows a change.

    on: events, such as "open:/etc/hosts", "putenv" or "call:random.seed". At the end the trace says
        where the program did this, and who called. There are no lines beside answers.
    who: functions, such as "random.seed". At the end the trace says who called them, with
        arguments and results.
    unpaired: pairs of names, such as "tempfile.mkdtemp,shutil.rmtree". At the end the trace says
        what the first made and the second never undid.
    exceptions: True, or the name of a class. At the end the trace says where exceptions came from,
        and what became of them.
    lines, json, verbose: at most so many lines of answers (0: all); one JSON object a line; each
        thing is also shown as it happens.

    color: "always", "never" or "auto". "auto" uses colours if standard error is a terminal that
        shows them and NO_COLOR is not set. With Pygments, the syntax is coloured.
    wrap: continue lines that are wider than this number of columns below their text. True is the
        width of the terminal.
    cut: end such lines in `…`.

    follow: trace the Python processes that this one starts, too.
    debug: write a log. 1 logs what the tracer does, 2 also calls, returns and exceptions, 3 also
        the locals of each function that returns. `trace` and `configure` write no log.
    debug_log: the file of the log. The default is `swifttrace.log`. A later log of the same
        process is added to the file.

    A second call changes the settings. Raises `TypeError`, `ValueError` or `OSError` with the
    name of the option that is wrong, and `RuntimeError` if other tools use all that
    `sys.monitoring` has, or an audit hook refuses the trace.
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
            record=record,
            max_size=max_size,
            max_age=max_age,
            keep=keep,
            fold=fold,
            follow=follow,
            last=last,
            dump_signal=dump_signal,
            time=time,
            format=format,
            banner=banner,
            values=values,
            values_width=values_width,
            calls=calls,
            depth=depth,
            show_secrets=show_secrets,
            watch=watch,
            watch_break=watch_break,
            on=on,
            who=who,
            unpaired=unpaired,
            exceptions=exceptions,
            lines=lines,
            json=json,
            verbose=verbose,
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
    """Find the line that changes the value of an expression, as in `watch("sys.path[0]")`.

    Does the same as `enable(level, watch=expressions, watch_break=stop, **options)`, with the
    scope "project" if none is given. Raises `ValueError` without an expression, and what
    `enable` raises.
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
    """Stop tracing, and write the rest of the trace. A second call does nothing."""
    with even_at_the_end:
        state.change(None)


def configure(level: int = 1, **options: Unpack[Options]) -> None:
    """Set what `sys.settrace(swifttrace.global_trace)` prints. Trace nothing yet.

    Takes the options of `enable`, except `debug`, and raises what `enable` raises. Without this
    call, the pair prints level 1. While `enable` is in force, the pair prints nothing, because
    its lines are printed already.
    """
    with until_the_end:
        settings = _without_log(Settings(level=level, **options))
        state.set_pair(open_here(settings, native.frame(1)))


def _without_log(settings: Settings) -> Settings:
    if settings.debug:
        raise ValueError("debug works only with enable() and watch()")
    return settings


class trace:  # noqa: N801 (it reads as a function)
    """Trace a block or a function: `with trace(2): ...`, `@trace(2)`.

    Takes the options of `enable`, except `debug`, and raises what `enable` raises. At the end of
    the block, the trace that was in force before goes on. A generator or coroutine is traced
    while it runs, not while it is suspended.
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

    They are printed on standard error, or on the descriptor `fd`. If they cannot be written,
    nothing is raised. Raises `RuntimeError` if no trace has kept lines.
    """
    with until_the_end:
        if state.ring is not None:
            session = state.ring.session
            return session.print_report(session.report(False))
    raise RuntimeError("no lines are kept: enable(last=N) keeps the last N")


class Status:
    """The answer of `status()`."""

    __slots__ = ("enabled", "engine", "level", "lines", "output", "reason", "scope", "stopped")

    enabled: bool
    """Whether lines are being traced."""
    level: int | None
    """The level, or None if nothing is traced."""
    scope: str | None
    """The scope, or None if nothing is traced."""
    output: str | None
    """The name of the file, "stderr" or "descriptor N"; None if nothing is traced."""
    lines: int
    """How many lines were printed with the present settings."""
    stopped: str | None
    """The reason why the trace stopped by itself, or None."""
    engine: str
    """ "sys.monitoring", "settrace", or "none" before the first use."""
    reason: str
    """The reason why this engine was chosen."""

    def __init__(self, **fields: Any) -> None:
        for name in self.__slots__:
            setattr(self, name, fields[name])

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"Status({fields})"


def status() -> Status:
    """Return what is traced, where to, with which engine, and how many lines."""
    with until_the_end:
        current = state.active
        engine, reason = native.engine()
        lines, stopped = (0, None) if current is None else current.session.state()
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
