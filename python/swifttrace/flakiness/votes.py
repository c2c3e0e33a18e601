"""Where failing runs part from passing ones: each failing run votes, and values are tested."""

from __future__ import annotations

from collections import Counter
from math import comb

from ..compare import events
from ..compare.canonical import changes, parts
from ..runtime.builtins import __builtins__ as __builtins__
from .streams import RESULT, Stream, Tokens, common

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .streams import Name, Thread

    Feature = tuple[str, ...]

_MOST_ORDERED = 12
"""How many values of one name are compared by their order, each with each."""
_CHANCE = 0.05
"""How probable it may be that a name tells failing runs from passing ones by chance."""


class Parting:
    """Where a failing run parts from the passing run that is like it for the longest time."""

    time = 0
    """When it was, in events of the failing run."""

    def __init__(self, failing: Stream, passing: Stream, thread: tuple[int, str], at: int) -> None:
        self.failing = failing
        self.passing = passing
        self.thread = thread
        self.at = at
        """The number of the event, in the thread."""
        self.path, self.line, self.name = "", 0, ""
        self.ours = self.theirs = ""
        """What the failing run has there, and what the passing one has."""

    @property
    def key(self) -> Name:
        """What is voted for."""
        return self.path, self.line, self.name


class Voting:
    """The votes of all failing runs."""

    def __init__(
        self, failing: Sequence[Stream], passing: Sequence[Stream], tokens: Tokens
    ) -> None:
        self.failing = failing
        self.passing = passing
        self._tokens = tokens
        self.partings = [self._parting(each) for each in failing]
        self.votes = Counter(each.key for each in self.partings)

    def _parting(self, failing: Stream) -> Parting:
        best, longest = None, -1
        for passing in self.passing:
            thread, at, time = _first_difference(failing, passing)
            if time > longest:
                best, longest = Parting(failing, passing, thread, at), time
        assert best is not None
        best.time = longest
        self._place(best)
        return best

    def _place(self, parting: Parting) -> None:
        """Find the line that decided, and what was different."""
        ours = _events(parting.failing.threads.get(parting.thread), self._tokens)
        theirs = _events(parting.passing.threads.get(parting.thread), self._tokens)
        at = parting.at
        one, other = _at(ours, at), _at(theirs, at)
        if one[:3] == other[:3] and one[2] in (events.VALUE, events.RETURN, events.YIELD):
            parting.path, parting.line = one[:2]
            parting.name, parting.ours, parting.theirs = _named(one[3], other[3])
            return
        parting.path, parting.line = _line_before(ours, at)
        if one[:3] == other[:3]:
            parting.name, parting.ours, parting.theirs = _named(one[3], other[3])
        else:
            parting.ours, parting.theirs = _went(one, parting), _went(other, parting)

    def winner(self) -> tuple[Parting, str, bool]:
        """Return a parting, what tells failing runs from passing ones there, if they are told
        apart, and whether it was voted for: it may only be the first name that tells them apart.

        What comes of the failure tells them apart as well as its cause, so the earliest place
        is taken.
        """
        most, _ = self.votes.most_common(1)[0]
        voted = next(each for each in self.partings if each.key == most)
        for parting in self._before(voted):
            if told := self._told(parting.key[:2], len(self.votes)):
                return parting, told, True
        if not voted.name:
            return voted, "", True
        later = self._separating()
        if later is None:
            return voted, "", True
        name, told = later
        parting = Parting(voted.failing, voted.passing, voted.thread, voted.at)
        parting.path, parting.line, parting.name = name
        return parting, told, False

    def _before(self, voted: Parting) -> list[Parting]:
        """Return a parting for each place that comes before the one with the most votes, and
        that one, the earliest first.
        """
        first: dict[Name, Parting] = {}
        for parting in sorted(self.partings, key=lambda each: each.time):
            first.setdefault(parting.key, parting)
        return [each for each in first.values() if each.time < voted.time or each.key == voted.key]

    def _told(self, place: tuple[str, int], tries: int) -> str:
        """What tells them apart at a line."""
        names = {name for stream in self.failing for name in stream.values if name[:2] == place}
        for name in sorted(names):
            if told := self._feature(name, tries):
                return told
        return ""

    def _separating(self) -> tuple[Name, str] | None:
        """Return the first name that all runs have and whose values tell them apart.

        What runs of one kind alone have comes of the difference.
        """
        first: dict[Name, int] = {}
        runs = (*self.failing, *self.passing)
        for stream in runs:
            for name, time in stream.first.items():
                first[name] = min(time, first.get(name, time))
        for name in sorted(first, key=lambda each: first[each]):
            if all(name in stream.values for stream in runs) and (told := self._feature(name)):
                return name, told
        return None

    def _feature(self, name: Name, tries: int = 1) -> str:
        """What the values of a name have in all failing runs and in no passing one, or the other
        way round.

        :param tries: of how many names this is one.
        """
        ours = [stream.values.get(name, []) for stream in self.failing]
        theirs = [stream.values.get(name, []) for stream in self.passing]
        if all(values == ours[0] for values in (*ours, *theirs)):
            return ""
        if told := _threshold(name[2], ours, theirs):
            return told
        found = Counter(feature for each in ours for feature in {*_features(each)})
        others = Counter(feature for each in theirs for feature in {*_features(each)})
        sizes = {len(ours), len(theirs)}
        # Only what as many runs have as fail, or as pass, could tell them apart at all.
        every = [each for each in {**found, **others} if found[each] + others[each] in sizes]
        ways = comb(len(ours) + len(theirs), len(ours)) / (3 - len(sizes))
        chance = tries * len(every) / ways
        for feature in sorted(every, key=_simplest):
            if chance >= _CHANCE:
                break
            if found[feature] == len(ours) and not others[feature]:
                return f"{_words(name[2], feature)} in all failing runs, in no passing one"
            if others[feature] == len(theirs) and not found[feature]:
                return f"{_words(name[2], feature)} in all passing runs, in no failing one"
        return ""


def _features(values: list[str]) -> Iterator[Feature]:
    if values:
        yield "first", values[0]
    distinct = list(dict.fromkeys(values))
    yield from (("has", value) for value in distinct)
    yield from _within(distinct)
    if len(distinct) <= _MOST_ORDERED:
        for number, value in enumerate(distinct):
            yield from (("before", value, later) for later in distinct[number + 1 :])


def _within(distinct: list[str]) -> Iterator[Feature]:
    """The order of what is in a list, or in a tuple, that a name always is."""
    if len(distinct) == 1 and distinct[0][:1] in "[(" and distinct[0]:
        items = parts(distinct[0][1:-1], ", ")[:_MOST_ORDERED]
        for number, item in enumerate(items):
            yield from (("within", item, later) for later in items[number + 1 :])


def _simplest(feature: Feature) -> tuple[int, Feature]:
    return ("has", "first", "within", "before").index(feature[0]), feature


def _words(name: str, feature: Feature) -> str:
    kind, *values = feature
    value = values[0]
    if kind == "within":
        return f"{value} stands before {values[1]} in {name}"
    if kind == "before":
        return f"{name} is {value} before it is {values[1]}"
    return f"{name} is {value} {'first ' if kind == 'first' else ''}".rstrip()


def _threshold(name: str, ours: list[list[str]], theirs: list[list[str]]) -> str:
    """Tell a number that is greater in all runs of one kind."""
    for which in (0, -1):
        failing = [_number(values[which]) for values in ours if values]
        passing = [_number(values[which]) for values in theirs if values]
        if len(failing) < len(ours) or len(passing) < len(theirs) or None in (*failing, *passing):
            continue
        low, high = sorted((_known(failing), _known(passing)), key=min)
        if max(low) < min(high) and comb(len(low) + len(high), len(low)) > 2 / _CHANCE:
            side = "failing" if min(high) in failing else "passing"
            other = "passing" if side == "failing" else "failing"
            least, most = f"{min(high):g} in all {side} runs", f"{max(low):g} in {other} ones"
            return f"{name} is at least {least}, at most {most}"
    return ""


def _known(numbers: list[float | None]) -> list[float]:
    return [number for number in numbers if number is not None]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _first_difference(one: Stream, other: Stream) -> tuple[tuple[int, str], int, int]:
    """Return the thread in which two runs first differ, where, and when in the first."""
    found = None
    for key in one.threads.keys() | other.threads.keys():
        ours, theirs = one.threads.get(key), other.threads.get(key)
        if ours is None or theirs is None:
            at, time = 0, ours.times[0] if ours else one.count
        else:
            at = common(ours.tokens, theirs.tokens)
            if at == len(ours.tokens) == len(theirs.tokens):
                continue
            time = ours.times[at] if at < len(ours.times) else one.count
        if found is None or time < found[2]:
            found = key, at, time
    return found or (next(iter(one.threads), (0, "")), 0, one.count)


def _events(thread: Thread | None, tokens: Tokens) -> tuple[Thread | None, Tokens]:
    return thread, tokens


def _at(events_of: tuple[Thread | None, Tokens], at: int) -> tuple[str, int, int, str]:
    thread, tokens = events_of
    if thread is None or at >= len(thread.tokens):
        return "", 0, -1, ""
    return tokens.all[thread.tokens[at]]


def _line_before(events_of: tuple[Thread | None, Tokens], at: int) -> tuple[str, int]:
    """The line that ran last."""
    thread, _ = events_of
    for number in range(min(at, len(thread.tokens) if thread else 0) - 1, -1, -1):
        path, line, kind, _ = _at(events_of, number)
        if kind == events.LINE:
            return path, line
    path, line, _, _ = _at(events_of, at)
    return path, line


def _named(one: str, other: str) -> tuple[str, str, str]:
    """The first name whose values differ, and both values."""
    ours, theirs = changes(one), dict(changes(other))
    for name, value in ours:
        if theirs.get(name) != value:
            return name, value, theirs.get(name, "")
    return RESULT, one, other


def _went(event: tuple[str, int, int, str], parting: Parting) -> str:
    path, line, kind, text = event
    if kind < 0:
        return "it ended"
    if kind in (events.RAISED, events.LEFT):
        return f"raised {text}" if text else "it left the call"
    if kind == events.LINE:
        return f"went on to line {line}" if path == parting.path else f"went on to {path}:{line}"
    return {
        events.CALL: f"called what is at {path}:{line}",
        events.RETURN: "returned",
        events.VALUE: f"had {text}",
    }.get(kind, f"went on to {path}:{line}")
