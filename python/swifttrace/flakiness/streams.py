"""What a run did as one sequence for each thread, so that a common beginning is found."""

from __future__ import annotations

from array import array

from ..compare import events
from ..compare.calls import numberless
from ..compare.canonical import Canonical, changes, parts
from ..compare.in_place import InPlace
from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..compare.events import Event, Process

    Place = tuple[str, int]
    Name = tuple[str, int, str]

_MOST_VALUES = 64
"""How many values of one name at one line are kept, in their order."""
RESULT = "the result"


class Tokens:
    """The numbers of all that happened in the runs: equal events have equal numbers."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, int, int, str], int] = {}
        self.all: list[tuple[str, int, int, str]] = []
        self.texts: dict[Place, str] = {}
        """The text of the lines."""

    def number(self, token: tuple[str, int, int, str]) -> int:
        """Return the number of an event: file, line, kind, text."""
        number = self.known.get(token)
        if number is None:
            number = self.known[token] = len(self.all)
            self.all.append(token)
        return number


class Thread:
    """The events of one thread of one process."""

    def __init__(self) -> None:
        self.tokens = array("I")
        self.times = array("I")


class Stream:
    """The events of a run, and the values of each name in their order."""

    def __init__(self, processes: Iterable[Process], tokens: Tokens) -> None:
        self.threads: dict[tuple[int, str], Thread] = {}
        self.values: dict[Name, list[str]] = {}
        self.first: dict[Name, int] = {}
        """When a name at a line first had a value."""
        self.ran: set[Place] = set()
        self.count = 0
        self._tokens = tokens
        for number, process in enumerate(processes):
            _Reading(self, number, process).read()

    def note(self, name: Name, value: str) -> None:
        """Keep a value."""
        known = self.values.setdefault(name, [])
        if not known:
            self.first[name] = self.count
        if len(known) < _MOST_VALUES:
            known.append(value)

    def add(self, thread: Thread, token: tuple[str, int, int, str]) -> None:
        """Take an event."""
        thread.tokens.append(self._tokens.number(token))
        thread.times.append(self.count)
        self.count += 1

    def text(self, place: Place) -> str:
        """Return the text of a line that ran, or nothing."""
        return self._tokens.texts.get(place, "")

    def show(self, place: Place, text: str) -> None:
        """Keep the text of a line that ran."""
        if place not in self.ran:
            self.ran.add(place)
            self._tokens.texts.setdefault(place, text)


class _Reading:
    """Reads one process into a stream."""

    def __init__(self, stream: Stream, number: int, process: Process) -> None:
        self._stream = stream
        self._number = number
        self._process = process
        self._root = process.directory.rstrip("/") + "/"
        self._canonical = Canonical(process.process, process.began)
        self._changes: dict[str, list[tuple[str, str]]] = {}
        self._in_place = InPlace()

    def read(self) -> None:
        for event in self._process.events():
            key = (self._number, numberless(event.thread))
            thread = self._stream.threads.get(key)
            if thread is None:
                thread = self._stream.threads[key] = Thread()
            event.path = event.path.removeprefix(self._root)
            self._take(event, thread)

    def _take(self, event: Event, thread: Thread) -> None:
        text = ""
        if event.kind == events.LINE:
            self._stream.show((event.path, event.line), event.text)
        elif event.kind == events.VALUE:
            line = self._stream.text((event.path, event.line))
            bound = self._bound(event.text)
            left = [each for each in bound if not self._in_place.changes(each[0], line)]
            if bound and not left:
                return
            text = self._values(event, left)
        elif event.kind == events.CALL:
            text = self._values(event, self._arguments(event.text))
        elif event.kind in (events.RETURN, events.YIELD):
            text = self._values(event, [(RESULT, self._canonical.value(event.text))])
        elif event.kind == events.RAISED:
            text = self._canonical.value(event.text)
        self._stream.add(thread, (event.path, event.line, event.kind, text))

    def _values(self, event: Event, bound: list[tuple[str, str]]) -> str:
        bound = [(name, value) for name, value in bound if name[:1] != "@"]
        for name, value in bound:
            self._stream.note((event.path, event.line, name), value)
        return ", ".join(f"{name} = {value}" for name, value in bound)

    def _bound(self, text: str) -> list[tuple[str, str]]:
        known = self._changes.get(text)
        if known is None:
            known = [(name, self._canonical.value(value, name)) for name, value in changes(text)]
            if len(self._changes) < 100_000:
                self._changes[text] = known
        return known

    def _arguments(self, text: str) -> list[tuple[str, str]]:
        found = []
        for part in parts(text.removesuffix(")"), ", "):
            name, _, value = part.partition("=")
            found.append((name, self._canonical.value(value, name)))
        return found


def common(one: array[int], other: array[int]) -> int:
    """Return how many events at the beginning are the same."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
