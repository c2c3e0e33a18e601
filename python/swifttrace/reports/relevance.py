"""Which rows led to a failure: back along what was read, called and decided."""

from __future__ import annotations

from bisect import bisect_left
from heapq import heappop, heappush

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .calls import Call, Calls

    Step = tuple[float, int]

_MOST_VISITED = 10_000
_MOST_BEFORE = 300
"""So many rows are looked at for the one that bound a name."""
_MOST_SETTERS = 4
"""So many statements that set an attribute are followed; others are older."""
_HANDED_ON, _RETURNED = 0.1, 0.2
"""What a step costs to the line that returned a value, where that has called another and not."""
_READ, _RAISED, _DECIDED, _LEFT, _CHANGED, _SET = 0.5, 0.3, 0.25, 2.5, 0.25, 0.8
_PASSED = 0.2
"""The same to what a call is given that puts it into an object."""
_EFFECT, _NEXT_EFFECT = 0.4, 0.1
"""The same to a line of a function that is called for what it changes; the last is nearest."""
_GIVEN, _CALLED, _ELSEWHERE = 3.5, 2.5, 2.5
"""The same to the call of a function: for an argument, and because it was called at all; to a
name of another function or of the module."""
_EARLIER = 0.4
"""What is added for each earlier one of several."""
_CONSTRUCTED = 1.0
"""What is added for a line of an `__init__`."""
_IMPORTED = 3.0
"""What is added for code of a module that the test imports."""
_SIMPLE, _COMPLEX = {0: 1.5, 1: 0.0}, -1.0
"""The same of a statement with so many operations, as it is shown."""
_ASIDE = ("__getattr__", "__getattribute__", "__get__", "__exit__", "__aexit__", "__hash__")
_BY_THE_WAY = 1.5
"""What is added for these, which seldom make a value."""


class Relevance:
    """How far each row is from the one that failed. Each step back has a cost.

    A step leads to a node. That is a row, twice its index, or one more if a function that the row
    called asks for its arguments: those are no results of that function.
    """

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.distance: dict[int, float] = {}
        """By the index of a row, the nearest first."""
        self._start = -1
        self._attributes: dict[str, list[int]] = {}
        self._names: dict[tuple[str, str], list[int]] = {}
        for index, flow in enumerate(calls.flows):
            file = calls.rows[index].line.file
            for name in (*flow.binds, *flow.changes):
                if name.startswith("."):
                    self._attributes.setdefault(name, []).append(index)
                else:
                    self._names.setdefault((file, name), []).append(index)

    def walk(self, start: int) -> None:
        """Go back from a row, the nearest first."""
        self._start = start
        work, done = [(0.0, start * 2)], set[int]()
        while work and len(done) < _MOST_VISITED:
            far, node = heappop(work)
            if node in done:
                continue
            done.add(node)
            self.distance.setdefault(node // 2, far)
            for cost, other in (self._arguments if node % 2 else self._before)(node // 2):
                if other not in done:
                    heappush(work, (far + cost, other))

    def _before(self, index: int) -> Iterator[Step]:
        called = [call for call in self.calls.called.get(index, ()) if not self._shows(index, call)]
        flow = self.calls.flows[index]
        is_one = flow.is_call and not flow.has_effect
        results = called[-1:] if is_one else called[::-1]
        seen: dict[object, int] = {}
        for call in results:
            again = seen.get(call.function, 0)
            seen[call.function] = again + 1
            more = (len(seen) - 1 + again) * _EARLIER
            yield from ((cost + more, row * 2) for cost, row in self._results(index, call))
        takes_all = flow.has_effect or all(call.function.name == "__init__" for call in called)
        given = _PASSED if takes_all else _GIVEN
        for cost, node in self._arguments(index):
            yield cost + (given if called else 0), node
        if called:
            yield from self._deciders(index, self.calls.of[index])

    def _shows(self, index: int, call: Call) -> bool:
        """Whether pytest has called it to show a value of the assertion that failed."""
        return index == self._start and call.function.name == "__repr__"

    def _arguments(self, index: int) -> Iterator[Step]:
        """Yield what gave the names that a row reads their values, and why it ran at all."""
        call, flow = self.calls.of[index], self.calls.flows[index]
        if flow.is_call:
            yield from self._inner_results(index)
        if flow.is_handler and index:
            yield _RAISED, self.calls.raised(index) * 2
        for name in flow.reads:
            if name.startswith("."):
                yield from self._setters(name, index)
            else:
                yield from self._binders(name, index, call)
        yield from self._deciders(index, call)
        if not self.calls.is_known(index) and index > call.rows[0]:
            yield _READ, call.rows[bisect_left(call.rows, index) - 1] * 2
        if call.caller >= 0:
            yield _CALLED, call.caller * 2 + 1

    def _inner_results(self, index: int) -> Iterator[Step]:
        """Yield the ends of the calls that made the arguments of the last one."""
        for number, inner in enumerate(self.calls.called.get(index, [])[-2::-1]):
            cost = _RETURNED + number * _EARLIER + self._imported(inner)
            yield cost, self.calls.end(index, inner) * 2

    def _results(self, index: int, call: Call) -> Iterator[Step]:
        """What a row called has ended in its last row; it may have changed something before."""
        more, last = self._imported(call), self.calls.end(index, call)
        yield more + (_HANDED_ON if last in self.calls.called else _RETURNED), last
        makes = call.function.name == "__init__"
        more += makes * _CONSTRUCTED
        if self.calls.flows[index].has_effect or makes:
            effects = [row for row in call.rows if self.calls.flows[row].has_effect]
            for number, row in enumerate(reversed(effects)):
                yield _EFFECT + more + number * _NEXT_EFFECT, row

    def _imported(self, call: Call) -> float:
        is_aside = call.function.name in _ASIDE
        return _IMPORTED * self.calls.is_import(call) + _BY_THE_WAY * is_aside

    def _binders(self, name: str, index: int, call: Call) -> Iterator[Step]:
        """The row that bound a name, and those that have changed its object since."""
        places = self._names.get((self.calls.rows[index].line.file, name), ())
        more = 0.0
        for place in _before(places, index):
            if not self._is_of(place, call, name):
                continue
            is_bound = name in self.calls.flows[place].binds
            yield (_READ if is_bound else _CHANGED + more), place * 2
            if is_bound:
                return
            more += _EARLIER
        if name in call.function.parameters:
            if call.caller >= 0:
                yield _GIVEN, call.caller * 2 + 1
        else:
            yield from ((_ELSEWHERE, place * 2) for place in [*_before(places, index)][:1])

    def _is_of(self, place: int, call: Call, name: str) -> bool:
        """Whether a row is of the same call, or of the same generator before it was resumed."""
        other = self.calls.of[place]
        is_same = other.function is call.function and name not in call.function.parameters
        return other is call or is_same

    def _setters(self, name: str, index: int) -> Iterator[Step]:
        seen: dict[tuple[str, int], None] = {}
        for place in _before(self._attributes.get(name, ()), index):
            row = self.calls.rows[place]
            key = row.line.file, row.number
            if key not in seen:
                yield _SET + len(seen) * _EARLIER, place * 2
                seen[key] = None
            if len(seen) == _MOST_SETTERS:
                return

    def _deciders(self, index: int, call: Call) -> Iterator[Step]:
        flow = self.calls.flows[index]
        wanted = {**dict.fromkeys(flow.gates[:2], _LEFT), flow.decided: _DECIDED}
        for number, cost in wanted.items():
            rows = self.calls.statements(call).get(number, []) if number else []
            at = bisect_left(rows, index)
            if at:
                yield cost, rows[at - 1] * 2


def _before(places: Sequence[int], index: int) -> Iterator[int]:
    """Yield those that are before an index, the last first, and not too many."""
    end = bisect_left(places, index)
    return reversed(places[max(end - _MOST_BEFORE, 0) : end])


def by_statement(relevance: Relevance) -> list[int]:
    """Return one row for each statement, the nearest first; a simple one is farther."""
    found: dict[tuple[str, int], tuple[float, int]] = {}
    for index, far in relevance.distance.items():
        row, flow = relevance.calls.rows[index], relevance.calls.flows[index]
        if relevance.calls.tells(index):
            more = _SIMPLE.get(flow.operations, _COMPLEX)
            found.setdefault((row.line.file, row.number), (far + more, index))
    return [index for _, index in sorted(found.values())]
