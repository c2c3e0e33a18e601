"""`--exceptions[=TYPE]`: where each exception came from, and what became of it."""

from __future__ import annotations

from _thread import get_ident
from _weakref import ref

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.interruptions import modules
from . import audit
from .answer import MOST_GROUPS, Answer, Groups, records_of
from .handlers import CAUGHT, EXITS, SWALLOWED, Handlers, code_of_exit
from .names import Target
from .places import is_internal, place_of
from .texts import plural, type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

    from .answer import Tools
    from .places import Chain, Place, Project

_USUAL = ("StopIteration", "StopAsyncIteration", "GeneratorExit")
"""They end loops and generators."""
_CANCELLED = "CancelledError"
_OF_THREADS = ("_bootstrap_inner", "run")
"""Who calls what a thread runs."""
_COROUTINE = 0x80 | 0x200
_MOST_FLIGHTS = 10_000
_LINES_BEFORE = 5
_bases = type.__dict__["__mro__"].__get__
_context = BaseException.__dict__["__context__"].__get__
UNCAUGHT, LOST, REPLACED = "not caught", "lost", "replaced"
EXIT = "by exit"
ORDER = (UNCAUGHT, LOST, SWALLOWED, REPLACED, CAUGHT, EXIT)
_NEVER_RETRIEVED = "BaseEventLoop.call_exception_handler"


class Flight:
    """One exception on its way."""

    def __init__(self, told: str, names: tuple[str, ...], chain: Chain) -> None:
        self.told = told
        self.names = names
        """Of its class and of those that it is derived from."""
        self.chain = chain
        self.number = 0
        self.is_wanted = True
        """Whether its class is asked about."""
        self.is_asked = False
        """Whether it went through a line of the project."""
        self.last: Place = ("", 0, "")
        """The last frame that it was in."""
        self.is_in_coroutine = False
        self.task = ""
        self.is_lost = False
        """Whether asyncio says that nobody has looked at it."""
        self.task_itself: ref[Any] | None = None
        self.handler: Place | None = None
        """Where the last frame has taken it."""
        self.by_exit: ByExit | None = None
        """The `__exit__` that has said that it is not to go on."""
        self.fate: tuple[str, str] | None = None
        """What became of it, where that is known for sure."""


class ByExit:
    """An `__exit__` that gets an exception."""

    def __init__(self, flight: Flight, place: Place, owner: object, name: str) -> None:
        self.flight, self.place = flight, place
        self._code = code_of_exit(owner, name)

    def told(self, handler: Place, project: Project, shown: Callable[[Place], str]) -> str:
        """Return what is to be added to the place of the handler."""
        told = ""
        if self._code is not None:
            path, line, name = self._code
            told = f" by {name} ({project.name(path)}:{line})"
        if self.place[:2] == handler[:2] or not project.has(self.place[0]):
            return told
        return f"{told}, in the with at {shown(self.place)}"


class _Unretrieved:
    """Is told of what asyncio says of tasks whose exception nobody has looked at."""

    def __init__(self, flights: dict[int, Flight]) -> None:
        self._flights = flights

    def called(self, _caller: FrameType | None, _name: str, arguments: dict[str, Any]) -> None:
        """Hear of a call of the event loop's handler."""
        context = arguments.get("context")
        if type(context) is dict:
            flight = self._flights.get(native.identity(context.get("exception")))
            if flight is not None:
                flight.is_lost = True

    def returned(self, call: object, value: object) -> None:
        """Do nothing."""

    def failed(self, call: object, error: str) -> None:
        """Do nothing."""


class _Exits:
    """Is told of each `__exit__`, with the exception that it gets."""

    def __init__(self, flights: dict[int, Flight]) -> None:
        self._flights = flights

    def called(
        self, caller: FrameType | None, name: str, arguments: dict[str, Any]
    ) -> ByExit | None:
        """Hear of a call."""
        owner, *others = [*arguments.values()] or [None]
        for each in _flat(others):
            flight = self._flights.get(native.identity(each))
            if flight is not None and caller is not None:
                return ByExit(flight, place_of(caller), owner, name)
        return None

    def returned(self, call: ByExit | None, value: object) -> None:
        """Hear of the result: what is true swallows the exception."""
        if call is not None and value is not None and value is not False:
            call.flight.by_exit = call.flight.by_exit or call
            call.flight.by_exit.place = call.place

    def failed(self, call: object, error: str) -> None:
        """Do nothing."""


def _flat(values: list[Any]) -> list[Any]:
    """Return values, and those in tuples, as `*arguments` is one."""
    return [each for value in values for each in (value if type(value) is tuple else (value,))]


class Exceptions:
    """The question."""

    def __init__(self, tools: Tools, name: str) -> None:
        self._tools = tools
        self._name = name.rpartition(".")[2]
        self._flights: dict[int, Flight] = {}
        self._groups = {kind: Groups() for kind in ORDER}
        self._elsewhere = self._begun = 0
        self._before: dict[Chain, list[Place]] = {}
        """The lines that ran before the first exception of each chain."""
        self._cancels: dict[int, str] = {}
        """Who has cancelled a task, by the task's identity."""
        self._handlers = Handlers(tools.texts)
        self._exits = _Exits(self._flights)
        self.watches: list[tuple[Target, Any]] = [
            (Target("Task.cancel"), self),
            (Target(_NEVER_RETRIEVED), _Unretrieved(self._flights)),
            *((Target(name), self._exits) for name in EXITS),
        ]

    def start(self) -> None:
        """Listen to what the interpreter says of exceptions that nobody caught."""
        audit.listen("sys.excepthook", self._ended)
        audit.listen("sys.unraisablehook", self._ignored)

    def stop(self) -> None:
        """Listen no more, and settle what is on its way."""
        audit.ignore("sys.excepthook", self._ended)
        audit.ignore("sys.unraisablehook", self._ignored)

    # -- on its way --

    def raised(self, frame: FrameType, error: BaseException, is_passing: bool) -> None:
        """Hear of one in a frame."""
        key = native.identity(error)
        if is_internal(frame):
            if not is_passing:
                self._end(key)  # Another exception has the identity now.
            return
        flight = self._flights.get(key) if is_passing else None
        if flight is None:
            flight = self._begin(key, frame, error)
            if flight is None:
                return
        flight.handler = flight.fate = flight.by_exit = None
        place = place_of(frame)
        if not place[0].startswith("<frozen ") or not flight.last[0]:
            flight.last = place
        self._replace(error, flight, place)
        flight.is_asked = flight.is_asked or self._tools.project.has(place[0])
        flight.is_in_coroutine = bool(native.code(frame).co_flags & _COROUTINE)

    def _begin(self, key: int, frame: FrameType, error: BaseException) -> Flight | None:
        self._end(key)
        names = tuple(type_name(each) for each in _bases(type(error)))
        # Others are followed as well: one may take the place of one that is asked about.
        if not self._name and names[0] in _USUAL:
            return None
        if len(self._flights) >= _MOST_FLIGHTS:
            self._settle(self._flights.pop(next(iter(self._flights))))
        texts = self._tools.texts
        flight = Flight(texts.exception(error), names, self._tools.project.chain(frame))
        flight.is_wanted = not self._name or self._name in names
        self._flights[key] = flight
        self._begun += 1
        flight.number = self._begun
        self._keep_lines(flight.chain)
        self._find_task(flight)
        return flight

    def _keep_lines(self, chain: Chain) -> None:
        """Keep the lines that have run, if it is the first exception of its chain."""
        recent = self._tools.recent
        if recent is None or not chain or chain in self._before:
            return
        if self._tools.project.has(chain[0][0]) and len(self._before) < MOST_GROUPS:
            ran = recent.lines(_LINES_BEFORE + 1)
            self._before[chain] = ran[:-1] if ran and ran[-1][:2] == chain[0][:2] else ran[1:]

    def _replace(self, error: BaseException, flight: Flight, place: Place) -> None:
        """Note that another one was handled where this one is raised, or has come to."""
        other = self._flights.get(native.identity(_context(error)))
        if other is None or other is flight or other.handler is None or other.fate is not None:
            return
        if (other.handler[0], other.handler[2]) == (place[0], place[2]):
            path, line, _ = flight.chain[0] if flight.chain else place
            where = f"{self._tools.project.name(path)}:{line}"
            other.fate = REPLACED, f"replaced by {flight.told} at {where}"

    def _find_task(self, flight: Flight) -> None:
        task = _current_task()
        if task is not None:
            flight.task = _task_name(task)
            flight.task_itself = ref(task) if _is_builtin_task(task) else None
            by = self._cancels.pop(native.identity(task), "")
            if by and _CANCELLED in flight.names:
                flight.told += f", cancelled by {by}"

    def handled(self, frame: FrameType, line: int, error: BaseException) -> None:
        """Hear that a frame has taken one."""
        flight = self._flights.get(native.identity(error))
        if flight is None:
            return
        path, _, name = place_of(frame)
        flight.handler = (path, line, name)
        if name in _OF_THREADS and path.endswith("/threading.py"):
            flight.fate = UNCAUGHT, f"not caught: it ended the thread {_thread_name()}"

    def left(self, key: int) -> None:
        """Hear that a frame ends by an exception that it had taken, by the exception's identity."""
        flight = self._flights.get(key)
        if flight is not None and flight.fate is None:
            flight.handler = None

    def _ended(self, _frame: object, _event: str, arguments: tuple[Any, ...]) -> None:
        flight = self._flights.get(native.identity(arguments[2]))
        if flight is not None and flight.fate is None:
            flight.fate = UNCAUGHT, "not caught: it ended the program"

    def _ignored(self, _frame: object, _event: str, arguments: tuple[Any, ...]) -> None:
        error = getattr(arguments[1], "exc_value", None)
        flight = self._flights.get(native.identity(error))
        if flight is not None:
            flight.fate = LOST, f"lost: it left {flight.last[2]}, and nobody can catch it there"

    # -- who cancels --

    def called(self, caller: FrameType | None, _name: str, arguments: dict[str, Any]) -> None:
        """Hear that a task is cancelled."""
        task = arguments.get("")
        chain = self._tools.project.chain(caller)
        path, line, _ = chain[0] if chain else ("", 0, "")
        current = _current_task()
        by = "the event loop" if current is None else _task_name(current)
        self._cancels[native.identity(task)] = f"{by} at {self._tools.project.name(path)}:{line}"

    def returned(self, call: object, value: object) -> None:
        """Do nothing."""

    def failed(self, call: object, error: str) -> None:
        """Do nothing."""

    # -- what became of it --

    def _end(self, key: int) -> None:
        flight = self._flights.pop(key, None)
        if flight is not None:
            self._settle(flight)

    def _settle(self, flight: Flight) -> None:
        if not flight.is_wanted:
            return
        if not flight.is_asked:
            self._elsewhere += 1
            return
        kind, told = flight.fate or self._fate(flight)
        # Of many tasks that one line has cancelled, one says enough.
        is_cancelled = kind == CAUGHT and _CANCELLED in flight.names
        kept = (flight.told if is_cancelled else flight.names[0], kind if is_cancelled else told)
        self._groups[kind].add(flight.chain, f"{flight.told}, {told}", kept, flight.number)

    def _fate(self, flight: Flight) -> tuple[str, str]:
        project = self._tools.project
        if flight.handler is not None:
            path, line, name = flight.handler
            kind, line = self._handlers.fate(path, line, flight.names)
            place = path, line, name
            by = "" if flight.by_exit is None else flight.by_exit.told(place, project, self._shown)
            return kind, f"{kind} at {self._shown(place)}{by}"
        if "SystemExit" in flight.names:
            return EXIT, "it ended the program"
        if flight.is_in_coroutine and flight.task:
            if flight.is_lost or _is_unseen(flight):
                return LOST, f"lost: {flight.task} ended by it, and nobody awaited that"
            return CAUGHT, f"{flight.task} ended by it"
        where = f"{project.name(flight.last[0])}:{flight.last[1]} {flight.last[2]}"
        return SWALLOWED, f"swallowed by built-in code that called {where}"

    def _shown(self, place: Place) -> str:
        """Return the place with its line."""
        path, line, _ = place
        return f"{self._tools.project.name(path)}:{line} `{self._tools.texts.line(place).strip()}`"

    def answer(self, most: int) -> Answer:
        """Return them all, those that nobody caught first."""
        for flight in list(self._flights.values()):
            self._settle(flight)
        self._flights.clear()
        shown = [(kind, self._groups[kind]) for kind in ORDER if self._groups[kind].count]
        if not shown:
            others = "; --scope all shows those of libraries" if self._elsewhere else ""
            return Answer(f"nobody raised {self._name or 'an exception'}{others}")
        records = [
            record
            for _, groups in shown
            for record in records_of(groups, self._tools.project, most)
        ]
        for record in records:
            record.before = self._before.get(record.chain, [])
        count = sum(groups.count for _, groups in shown)
        told = ", ".join(f"{groups.count:,} {kind}" for kind, groups in shown)
        what = plural(count, self._name, self._name) if self._name else plural(count, "exception")
        return Answer(f"{what}: {told}", records)

    def forget(self) -> None:
        """Begin anew, in a process that was forked."""
        self._flights.clear()
        for groups in self._groups.values():
            groups.clear()
        self._before.clear()
        self._elsewhere = 0


def _current_task() -> Any:
    """Return the asyncio task that runs, if one does."""
    tasks = modules().get("asyncio.tasks")
    try:
        return None if tasks is None else tasks.current_task()
    except (RuntimeError, AttributeError):
        return None  # No loop runs, or the module is yet to be imported.


def _task_name(task: Any) -> str:
    if _is_builtin_task(task):
        name = task.get_name()
        return name if type(name) is str else "a task"
    return "a task"


def _is_builtin_task(task: Any) -> bool:
    return bool(type.__dict__["__module__"].__get__(type(task)) == "_asyncio")


def _is_unseen(flight: Flight) -> bool:
    """Whether a task is there still whose exception nobody has looked at."""
    task = flight.task_itself() if flight.task_itself is not None else None
    return task is not None and bool(task._log_traceback)


def _thread_name() -> str:
    threading = modules().get("threading")
    active = getattr(threading, "_active", None)
    thread = active.get(get_ident()) if type(active) is dict else None
    name = object.__getattribute__(thread, "_name") if thread is not None else None
    return name if type(name) is str else "?"
