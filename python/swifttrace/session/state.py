"""What is traced by now, and how a trace is opened."""

from __future__ import annotations

import sys
from _thread import RLock
from _weakref import ref
from os import register_at_fork
from os.path import abspath, dirname, exists, isfile

from .. import swifttrace as native
from ..children.following import Following, current_directory, leave_children
from ..config.settings import Settings
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.frames import frame_of
from ..runtime.imports import library

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType


class Trace:
    """Settings and the native session that was opened for them."""

    __slots__ = ("__weakref__", "following", "is_over", "session", "settings")

    def __init__(self, settings: Settings, session: native.Session) -> None:
        self.settings = settings
        self.session = session
        self.following = Following(settings, session) if settings.follow else None
        self.is_over = False
        if settings.output is not None:
            # No generator expressions here: up to 3.13 one that there is no memory for is a crash.
            _writing[:] = [ref(self), *[other for other in _writing if other() is not None]]
        if settings.last:
            from . import uncaught  # noqa: F401 (not while the trace is on)

    def end(self) -> None:
        """Nothing more comes of it."""
        native.end_session(self.session)
        self.is_over = True


_writing: list[ref[Trace]] = []
"""Traces to files."""


class State:
    """What is traced by now: the settings of `enable()` below, those of each `trace`
    block on top of them, None for not at all. The last one holds.
    """

    def __init__(self) -> None:
        self.lock = RLock()
        self.stack: list[list[Trace | None]] = [[None]]
        self.active: Trace | None = None
        """What the program has asked for."""
        self.background: Trace | None = None
        """In force where the program asks for nothing: that of a test run, of which the
        program is told nothing."""
        self.silenced: Trace | None = None
        """The program's, which the background has taken the place of."""
        self.in_force: Trace | None = None
        self.ring: Trace | None = None
        """The last one in force that keeps lines."""
        self.left_by: tuple[int, CodeType, int] | None = None
        """The exception by which the last block that keeps lines ended: its identity,
        and the place in the block that it came through."""
        self.pair: Trace | None = None
        self.inherited: Trace | None = None
        """The one that the environment asked for."""
        self.is_launched = False
        """Whether our launcher runs the program, and so sees how it ends."""
        self.depth = 1
        """How many processes deep this one is: 1 where no traced one started it."""
        self.forks = native.forks()

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
                self._apply(ends=before)
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
        if new.following is not None:
            new.following.goes_on = new.settings.output is not None
        self.change(new)

    def make_way(self, settings: Settings) -> None:
        """Stop a trace that keeps lines in the file that the next one is for."""
        active = self.stack[-1][0]
        if active is not None and _exclude(settings, active.settings):
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

    def put_below(self, background: Trace | None, silenced: Trace | None) -> None:
        """Have a trace in force where the program has none, or that one."""
        with self.lock:
            before = self.background, self.silenced
            self.background, self.silenced = background, silenced
            try:
                self._apply()
            except BaseException:
                self.background, self.silenced = before
                self._apply()
                raise

    def wanted(self) -> Trace | None:
        """Return what the program asks for now."""
        return self.stack[-1][0]

    def _apply(self, ends: Trace | None = None) -> None:
        """Put in force what is to be. `ends` is what does not come back."""
        asked = self.wanted()
        is_unheard = asked is None or asked is self.silenced
        new = self.background if is_unheard and self.background is not None else asked
        # None also where nothing is active: the module may have been imported anew.
        if new is not self.in_force or new is None:
            self._replace(new, ends is not None and ends is self.in_force)
        if asked is not self.active:
            self.active = asked
            if asked is not None and asked.settings.last:
                self.ring, self.left_by = asked, None

    def _replace(self, new: Trace | None, ends: bool) -> None:
        before, self.in_force, self.active = self.in_force, None, None
        if before is not None and before.following is not None:
            before.following.end()
        if new is None:
            native.activate(None, ends)
        else:
            self._begin(new, ends)
        self.in_force = new

    def _begin(self, new: Trace, ends: bool) -> None:
        following, log = new.following, new.settings.log
        if log is not None:
            log.activating()
        if following is not None:
            following.begin(self.depth)
        try:
            native.activate(new.session, ends)
        except BaseException:
            if following is not None:
                following.end()
            raise
        if log is not None:
            log.activated(new.session)

    def before_fork(self) -> None:
        self.lock.acquire()
        library.lock.acquire()

    def after_fork(self) -> None:
        library.lock.release()
        self.lock.release()

    def forked(self) -> None:
        """In a child that was forked: its own children are one process deeper.

        Called after `os.fork()`, and at the first line that is traced: a fork that was
        made in C shows no sooner.
        """
        if self.forks == native.forks():
            self._tell_children()  # of the file that it has by now
            return
        self.forks = native.forks()
        self.lock, library.lock = RLock(), RLock()
        traces = [trace for (trace,) in self.stack if trace is not None]
        if traces:
            self.depth += 1
        for trace in traces:
            if trace.settings.log is not None:
                trace.settings.log.forked(self.depth)
        self._tell_children()

    def _tell_children(self) -> None:
        if self.in_force is not None and self.in_force.following is not None:
            self.in_force.following.write(self.depth)

    def met(self, script: str, runner: str | None) -> None:
        """Tell children which file the script is, once it runs as `__main__`.

        `runner` is the file of what runs it, a library's or an installed command's, and
        the same as `script` where that is yet to run something.
        """
        following = self.in_force and self.in_force.following
        if following:
            following.script = script if script != runner else None
            following.runner = runner
            following.write(self.depth)


state = State()
_before, _after, _in_child = native.set_fork_hooks(
    state.before_fork, state.after_fork, state.forked
)
register_at_fork(before=_before, after_in_parent=_after, after_in_child=_in_child)
native.set_script_hook(state.met)


def kept_until(error: BaseException) -> Trace | None:
    """Return the trace that keeps lines, if it was in force as `error` was raised."""
    ring = state.ring
    if ring is None or ring is state.active or state.left_by is None:
        return ring if ring is state.active else None
    identity, *place = state.left_by
    traceback = error.__traceback__ if id(error) == identity else None
    while traceback and [native.code(frame_of(traceback)), traceback.tb_lasti] != place:
        traceback = traceback.tb_next
    return ring if traceback else None


def configure_pair(caller: FrameType) -> None:
    """Let the pair print, where nothing was said of how."""
    if state.pair is None:
        state.set_pair(open_trace(Settings(1), caller))


def activate(new: Trace) -> None:
    """Put a trace in force that the launcher opened."""
    state.change(new)
    if new.following is None:
        leave_children()  # The trace that the environment began may have had them follow.


def activate_inherited(new: Trace) -> None:
    """Put the trace in force that the environment asks for."""
    state.inherit(new)


def make_way(settings: Settings) -> None:
    """Stop the trace in force where it writes to the file that `settings` name."""
    state.make_way(settings)


def depth() -> int:
    """Return how many processes deep this one is: 1 where no traced one started it."""
    return state.depth


def _exclude(settings: Settings, other: Settings) -> bool:
    """Whether two cannot have their one file together: the lines that one of them keeps
    lie where the other one writes.
    """
    is_kept = bool(settings.last or other.last)
    return is_kept and settings.writes_as(other) and not settings.keeps_as(other)


def _join(settings: Settings) -> None:
    """Let a trace go on in the file where another one of this process keeps its lines.

    Files whose lines are written have one sink by themselves. Raises `ValueError` where
    the lines of both cannot be in it.
    """
    for other in [reference() for reference in _writing]:
        if other is None or not isfile(settings.destination):
            continue
        if settings.keeps_as(other.settings):
            settings.shares = other.session
        elif not other.is_over and _exclude(settings, other.settings):
            raise ValueError(
                f"output {settings.destination!r} is written by another trace of this process"
            )


def open_trace(settings: Settings, caller: FrameType) -> Trace:
    """Open a trace whose script is `__main__`'s file and the caller's."""
    settings.depth = state.depth
    _join(settings)
    file = native.code(caller).co_filename
    scripts = [file]
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    if isinstance(main, str):
        scripts.append(main)
    held = _command_of(caller)
    if held is not None and file == held[0].co_filename:
        scripts.remove(file)
    see_the_end(settings)
    known = [script for script in reversed(scripts) if not script.startswith("<")]
    settings.script = abspath(known[0]) if known else None
    opened = Trace(settings, settings.open(scripts, _near(file), held))
    if "ipykernel.kernelapp" in sys.modules:
        from ..runtime.shell_threads import is_kernel, leave_out

        if is_kernel():
            leave_out(opened.session)
    return opened


def _near(file: str) -> str:
    """Return the directory that the project of the caller's file is looked for from.

    A cell of a notebook has no file, and its modules lie where the kernel runs.
    """
    directory, own = dirname(abspath(file)), dirname(dirname(abspath(__file__)))
    is_cell = file.startswith("<") or f"{directory}/".startswith(f"{own}/")
    return directory if not is_cell and _is_there(directory) else current_directory()


def _is_there(directory: str) -> bool:
    """Whether a directory exists, perhaps in an archive."""
    place = directory
    while not exists(place):
        place = dirname(place)
    return place == directory or isfile(place)


def see_the_end(settings: Settings) -> None:
    """Where we do not launch the program: see how it ends."""
    if settings.last and not state.is_launched:
        from .uncaught import watch

        watch()


def _command_of(frame: FrameType) -> tuple[CodeType, bytes] | None:
    """Return the code and the text of `python -c`, where that is what runs."""
    place = len(sys.orig_argv) - len(sys.argv)
    if sys.argv[:1] != ["-c"] or place < 0:
        return None
    while frame.f_back is not None:
        frame = frame.f_back
    code = native.code(frame)
    if code.co_filename != "<string>":
        return None
    text = sys.orig_argv[place].encode("utf-8", "surrogateescape")
    try:
        # Sure only where it compiles to what runs: sys.argv may have been changed.
        same = compile(text, "<string>", "exec").co_code == code.co_code
    except (SyntaxError, ValueError):
        return None
    return (code, text) if same else None
