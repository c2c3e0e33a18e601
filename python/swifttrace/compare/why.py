"""Why rounds of a loop reach a line: the values that they have, and other rounds have not."""

from __future__ import annotations

import os
from collections import Counter

from .. import swifttrace as native
from ..recordings.names import plain
from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .rounds import Loop, Name, Place, Rounds

RUNS = "it runs"
_LEAST = 0.5
"""By so much of all rounds a value must be more frequent among those that reach the line."""
_UNLIKELY = 0.6
_MOST = 12
_WIDTH = 60


class Finding:
    """What is so in rounds that reach the line, and seldom in others."""

    def __init__(self, place: Place, told: str, counts: tuple[int, int], score: float) -> None:
        self.place, self.told, self.counts, self.score = place, told, counts, score


class Why:
    """The answer."""

    def __init__(self, rounds: Rounds, asked: str) -> None:
        self._rounds, self._asked = rounds, native.visible(plain(asked))
        self.loop = rounds.loop()
        self.findings = [] if self.loop is None else _findings(self.loop, rounds)

    @property
    def is_found(self) -> bool:
        """Whether something tells the rounds apart."""
        return bool(self.findings)

    def lines(self) -> Iterator[str]:
        """Yield all lines, the verdict first."""
        if self.loop is None:
            yield f"# {self._nothing()}"
            return
        loop = self.loop
        count = f"{loop.reached.count:,} of {loop.rounds:,} rounds"
        head = f"# {count} of the loop at {_name(loop.path)}:{loop.line} reach {self._asked}"
        if not self.findings:
            known = loop.reached.values or loop.others.values
            said = "no value tells them from the others" if known else "the trace has no values"
            yield f"{head}: {said}"
        else:
            best = self.findings[0]
            here, there = best.counts
            yield (
                f"{head}: {best.told} in {here:,} of {loop.reached.count:,} of them,"
                f" in {there:,} of {loop.others.count:,} others"
            )
        places = self._at_places()
        for place, told in places.items():
            yield f"{self._line(place)}    # {'; '.join(told)}"
        if self._rounds.target is not None and self._rounds.target not in places:
            yield self._line(self._rounds.target)
        numbers = ", ".join(f"{number:,}" for number in loop.numbers)
        more = ", …" if loop.reached.count > len(loop.numbers) else ""
        yield f"~ rounds that reach it: {numbers}{more}"

    def _nothing(self) -> str:
        if self._rounds.target is None:
            return f"{self._asked} never ran"
        if self._rounds.always():
            return f"all rounds of each loop around {self._asked} reach it"
        return f"{self._asked} ran in no loop"

    def _at_places(self) -> dict[Place, list[str]]:
        """Return what is said of each line; that it runs, if nothing else is."""
        found: dict[Place, list[str]] = {}
        for each in self.findings:
            known = found.setdefault(each.place, [])
            if not known or each.told != RUNS:
                here, there = each.counts
                known.append(f"{each.told} ({here:,}, others {there:,})")
        return found

    def _line(self, place: Place) -> str:
        path, line = place
        text = native.visible(self._rounds.texts.get(place, "").rstrip())
        return f"+ [{_name(path)}:{line}] {text}".rstrip()

    def objects(self) -> Iterator[dict[str, object]]:
        """Yield an object for each finding."""
        for each in self.findings:
            here, there = each.counts
            where = {"file": _name(each.place[0]), "line": each.place[1]}
            yield {**where, "what": each.told, "reaching": here, "others": there}


def _findings(loop: Loop, rounds: Rounds) -> list[Finding]:
    """Return what tells the rounds apart, the best first, then the earliest."""
    order = {place: number for number, place in enumerate(loop.order)}
    found = [each for name in loop.reached.values for each in _of_name(loop, name)]
    found += _of_lines(loop, rounds)
    kept = [each for each in found if each.score >= _LEAST and each.place in order]
    kept.sort(key=lambda each: (-round(each.score, 2), order[each.place]))
    distinct: dict[object, Finding] = {}
    for each in kept:
        distinct.setdefault(each.told if each.told != RUNS else each.place, each)
    return list(distinct.values())[:_MOST]


def _of_name(loop: Loop, name: Name) -> Iterator[Finding]:
    path, line, word = name
    said = word or "the result"
    threshold = _threshold(loop, name)
    if threshold:
        counts = loop.reached.had[name], 0
        yield Finding((path, line), f"{said} is {threshold}", counts, 1)
        return
    others = loop.others.values.get(name) or Counter[str]()
    known = len(others)
    # What is another value in each round tells nothing.
    weight = _UNLIKELY if known > 2 and known * 2 > loop.others.had[name] else 1
    for value, count in loop.reached.values[name].items():
        there = others[value]
        score = count / loop.reached.count - there / loop.others.count
        yield Finding((path, line), f"{said} is {_cut(value)}", (count, there), score * weight)


def _threshold(loop: Loop, name: Name) -> str:
    """Tell a number that is greater, or less, in all rounds that reach the line."""
    here, there = loop.reached.values[name], loop.others.values.get(name)
    if there is None or loop.reached.had[name] < loop.reached.count or len(here) < 2:
        return ""
    ours, theirs = _numbers(here), _numbers(there)
    if not ours or not theirs:
        return ""
    if min(ours) > max(theirs):
        return f"{min(ours):g} or more"
    return f"{max(ours):g} or less" if max(ours) < min(theirs) else ""


def _numbers(values: dict[str, int]) -> list[float]:
    """Return them as numbers; nothing if one is none."""
    try:
        return [float(value) for value in values]
    except ValueError:
        return []


def _of_lines(loop: Loop, rounds: Rounds) -> Iterator[Finding]:
    """Yield the lines before the one that is asked about that no other round runs."""
    for place, count in loop.reached.ran.items():
        if place != rounds.target and count == loop.reached.count and not loop.others.ran[place]:
            yield Finding(place, RUNS, (count, 0), 1)


def _name(path: str) -> str:
    here = os.path.join(os.getcwd(), "")
    return path.removeprefix(here)


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"
