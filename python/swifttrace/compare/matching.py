"""Which calls of two runs belong together."""

from __future__ import annotations

from collections import Counter, defaultdict
from difflib import SequenceMatcher

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Hashable, Sequence

    from .calls import Call

    Numbers = list[int]
    Matched = list[tuple[int, int]]

_MOST_ALIGNED = 1_500
"""How many calls of one function are aligned; more are matched by what they did."""


def matched(one: Call, other: Call) -> Matched:
    """Return the numbers of the children that belong together.

    What is in only one of the two lists has no partner.
    """
    matching = _Matching(one.children, other.children)
    ours, theirs = _from_lines(one), _from_lines(other)
    found: Matched = []
    for key in [key for key in ours if key in theirs]:
        found += matching.match(ours.pop(key), theirs.pop(key))
    left, others = _by_key(one, _all(ours)), _by_key(other, _all(theirs))
    for name in left.keys() & others.keys():
        found += matching.match(left[name], others[name])
    return found + _strange(matching, one, other, found)


def _all(numbers: dict[Hashable, Numbers]) -> set[int]:
    return {number for each in numbers.values() for number in each}


def _strange(matching: _Matching, one: Call, other: Call, found: Matched) -> Matched:
    if len(found) == len(one.children) == len(other.children):
        return []
    ours, theirs = _by_key(one), _by_key(other)
    return [
        pair
        for key in ours.keys() & theirs.keys()
        for pair in matching.strange(ours[key], theirs[key], found)
    ]


def _from_lines(call: Call) -> dict[Hashable, Numbers]:
    """The calls by function and by the line that calls it."""
    numbers: dict[Hashable, Numbers] = defaultdict(list)
    for number, (child, site) in enumerate(zip(call.children, call.sites)):
        numbers[child.key, site].append(number)
    return numbers


def _by_key(call: Call, wanted: Container[int] | None = None) -> dict[Hashable, Numbers]:
    numbers: dict[Hashable, Numbers] = defaultdict(list)
    for number, child in enumerate(call.children):
        if wanted is None or number in wanted:
            numbers[child.key].append(number)
    return numbers


class _Matching:
    """The matching of the calls of one function within two calls of another."""

    def __init__(self, one: Sequence[Call], other: Sequence[Call]) -> None:
        self._one = one
        self._other = other

    def match(self, ours: Numbers, theirs: Numbers) -> Matched:
        if len(ours) != len(theirs) and max(len(ours), len(theirs)) <= _MOST_ALIGNED:
            return self._aligned(ours, theirs)
        if len(ours) != len(theirs) or self._is_shuffled(ours, theirs):
            return self._by_content(ours, theirs)
        return list(zip(ours, theirs))

    def strange(self, ours: Numbers, theirs: Numbers, pairs: Matched) -> Matched:
        """Return a partner for what has none and did what no call of the other run did."""
        found: Matched = []
        known = {self._other[number].shape for number in theirs}
        taken = {one for one, _ in pairs}
        for number in ours:
            if number not in taken and self._one[number].shape not in known:
                known.add(self._one[number].shape)
                found.append((number, theirs[-1]))
        known = {self._one[number].shape for number in ours}
        taken = {other for _, other in pairs}
        for number in theirs:
            if number not in taken and self._other[number].shape not in known:
                known.add(self._other[number].shape)
                found.append((ours[-1], number))
        return found

    def _is_shuffled(self, ours: Numbers, theirs: Numbers) -> bool:
        """Whether they did the same in another order."""
        one = [self._one[number].shape for number in ours]
        other = [self._other[number].shape for number in theirs]
        moved = sum(a != b for a, b in zip(one, other))
        return moved > sum((Counter(one) - Counter(other)).values())

    def _by_content(self, ours: Numbers, theirs: Numbers) -> Matched:
        found: Matched = []
        for told in (_whole, _arguments, _shape, _key):
            found += self._equal(ours, theirs, told)
            taken = {one for one, _ in found}, {other for _, other in found}
            ours = [number for number in ours if number not in taken[0]]
            theirs = [number for number in theirs if number not in taken[1]]
        return found

    def _equal(self, ours: Numbers, theirs: Numbers, told: Callable[[Call], Hashable]) -> Matched:
        waiting: dict[Hashable, Numbers] = defaultdict(list)
        for number in reversed(theirs):
            waiting[told(self._other[number])].append(number)
        pairs = []
        for number in ours:
            if numbers := waiting.get(told(self._one[number])):
                pairs.append((number, numbers.pop()))
        return pairs

    def _aligned(self, ours: Numbers, theirs: Numbers) -> Matched:
        """Align them by their arguments, as one has more of them than the other."""
        one = [_arguments(self._one[number]) for number in ours]
        other = [_arguments(self._other[number]) for number in theirs]
        matcher = SequenceMatcher(None, one, other, autojunk=False)
        found: Matched = []
        for _, start, end, other_start, other_end in matcher.get_opcodes():
            found += zip(ours[start:end], theirs[other_start:other_end])
        return found


def _whole(call: Call) -> Hashable:
    return call.whole


def _arguments(call: Call) -> Hashable:
    return tuple(call.args.items())


def _shape(call: Call) -> Hashable:
    return call.shape


def _key(call: Call) -> Hashable:
    return call.key
