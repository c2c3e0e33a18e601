"""What is traced by now."""

from __future__ import annotations

from _thread import RLock

from .. import swifttrace as native
from ..children.following import leave_children
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.imports import library

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

    from ..config.settings import Settings
    from .trace import Trace


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
        self.nesting = 1
        """How many processes deep this one is: 1 where no traced one started it."""
        self.forks = native.forks()

    def set_pair(self, new: Trace) -> None:
        """What the pair of trace functions prints by while they are used apart."""
        new.session.use_for_pair()
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
                if before.log is not None:
                    before.log.ended(before.session)

    def inherit(self, new: Trace) -> None:
        self.inherited, self.nesting = new, new.nesting
        if new.following is not None:
            new.following.goes_on = new.settings.output is not None
        self.change(new)

    def make_way(self, settings: Settings) -> None:
        """Stop a trace that keeps lines in the file that the next one is for."""
        active = self.stack[-1][0]
        if active is not None and self.exclude(settings, active):
            self.change(None)

    @staticmethod
    def exclude(settings: Settings, other: Trace) -> bool:
        """Whether a trace with these settings and another one cannot have their one file
        together: the lines that one of them keeps lie where the other one writes.
        """
        is_kept = bool(settings.last or other.settings.last)
        is_kept = is_kept or settings.record != other.settings.record
        is_one = is_kept and other.writes_to(settings.output)
        return is_one and not other.keeps_as(settings, state.nesting)

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
        if before is not None:
            before.pause()
            if before.following is not None:
                before.following.end()
        if new is None:
            native.deactivate(ends)
        else:
            self._begin(new, ends)
        self.in_force = new

    def _begin(self, new: Trace, ends: bool) -> None:
        following, log = new.following, new.log
        if log is not None:
            log.activating(new.destination)
        if following is not None:
            following.begin(self.nesting)
        try:
            new.begin(ends)
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
        library.after_fork()
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
        self.lock = RLock()
        library.renew_lock()
        traces = [trace for (trace,) in self.stack if trace is not None]
        if traces:
            self.nesting += 1
        for trace in traces:
            if trace.log is not None:
                trace.log.forked(self.nesting)
            if trace.inquiry is not None:
                trace.inquiry.forked(self.nesting)
        self._tell_children()

    def _tell_children(self) -> None:
        if self.in_force is not None and self.in_force.following is not None:
            self.in_force.following.write(self.nesting)

    def met(self, script: str, runner: str | None) -> None:
        """Tell children which file the script is, once it runs as `__main__`.

        `runner` is the file of what runs it, a library's or an installed command's, and
        the same as `script` where that is yet to run something.
        """
        following = self.in_force and self.in_force.following
        if following:
            following.script = script if script != runner else None
            following.runner = runner
            following.write(self.nesting)


def _listen_to_forks() -> None:
    with library.lock:  # In no fork, which would end by other hooks than it began.
        library.before_fork_later = state.before_fork
        native.set_fork_hooks(state.before_fork, state.after_fork, state.forked)


state = State()
# At once: from here on threads may hold its lock.
_listen_to_forks()


def listen() -> None:
    """Have the state told of the script once that runs."""
    native.set_script_hook(state.met)


def kept_until(error: BaseException) -> Trace | None:
    """Return the trace that keeps lines, if it was in force as `error` was raised."""
    ring = state.ring
    if ring is None or ring is state.active or state.left_by is None:
        return ring if ring is state.active else None
    from ..runtime.frames import frame_of

    identity, *place = state.left_by
    traceback = error.__traceback__ if id(error) == identity else None
    while traceback and [native.code(frame_of(traceback)), traceback.tb_lasti] != place:
        traceback = traceback.tb_next
    return ring if traceback else None


def activate(new: Trace) -> None:
    """Put a trace in force that the launcher opened."""
    state.change(new)
    if new.following is None:
        leave_children()  # The trace that the environment began may have had them follow.
