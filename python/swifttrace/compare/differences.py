"""What two runs did differently, in the order of time."""

from __future__ import annotations

import re

from ..runtime.builtins import __builtins__ as __builtins__
from .calls import _MOST_VALUES as MOST_VALUES
from .matching import matched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .calls import Call, Run, Versions

CONTROL = ("line", "exception", "call", "process")
"""The kinds of differences in what ran; the others are differences of values."""
_DEFINITION = re.compile(r"\s*(async def |def |class |import |from |@|[\"'])")
_MOST_PAIRS = 2_000_000


class Pair:
    """Two calls that belong together."""

    __slots__ = ("children", "found", "one", "other", "parent", "site", "time")

    def __init__(self, one: Call, other: Call, parent: Pair | None, number: int = 0) -> None:
        self.one = one
        self.other = other
        self.parent = parent
        self.site = parent.one.sites[number] if parent else 0
        self.time: int = parent.time + parent.one.times[number] if parent else 0
        self.children: list[Pair] = []
        self.found: list[Difference] = []

    def chain(self) -> Iterator[tuple[str, int, str]]:
        """Yield the callers, the nearest first: file, line, function."""
        pair: Pair | None = self
        while pair is not None and pair.parent is not None:
            caller = pair.parent
            if caller.one.path:
                yield caller.one.path, pair.site, caller.one.name
            pair = caller


class Difference:
    """One thing that two matched calls did differently."""

    __slots__ = ("count", "is_default", "kind", "line", "name", "one", "other", "pair", "time")

    def __init__(self, kind: str, pair: Pair, line: int, time: int) -> None:
        self.kind = kind
        self.pair = pair
        self.line = line
        """Where it was decided: the line before the first one that only one of them ran, or the
        line that bound the value."""
        self.time = time
        self.name = ""
        self.one: Any = None
        self.other: Any = None
        self.count = 1
        self.is_default = False
        """Whether it is a default of the function, which an earlier call has changed."""

    @property
    def path(self) -> str:
        """The file of the line."""
        return self._place.one.path

    @property
    def function(self) -> str:
        """The function of the line."""
        return self._place.one.name

    @property
    def _place(self) -> Pair:
        is_callers = self.kind == "argument" and not self.is_default
        parent = self.pair.parent
        return parent if is_callers and parent is not None and parent.one.path else self.pair

    @property
    def is_control(self) -> bool:
        """Whether different lines ran."""
        return self.kind in CONTROL

    @property
    def key(self) -> tuple[object, ...]:
        """What it has in common with the same difference in other calls."""
        ran = (self.one, self.other) if self.kind == "line" else ()
        return (self.kind, self.path, self.function, self.line, self.name, *ran)


class Differences:
    """All differences of two runs."""

    def __init__(self, one: Run, other: Run) -> None:
        self.one = one
        self.other = other
        self.roots: list[Pair] = []
        self.missing: list[tuple[bool, tuple[str, str, int]]] = []
        """Processes and threads that only the first has (True), or only the second."""
        self.compared = 0
        self._match_roots()
        # The line that decided comes before what it decided.
        self.all = sorted(self._walk(), key=lambda found: (found.time, found.kind != "line"))

    def _match_roots(self) -> None:
        theirs = dict(self.other.roots)
        unmatched = []
        for key, root in self.one.roots.items():
            if key in theirs:
                self.roots.append(Pair(root, theirs.pop(key), None))
            else:
                unmatched.append(key)
        for key in unmatched:
            alike = next((each for each in theirs if each[1:] == key[1:]), None)
            if alike is None:
                self.missing.append((True, key))
            else:
                self.roots.append(Pair(self.one.roots[key], theirs.pop(alike), None))
        self.missing += [(False, key) for key in theirs]

    def _walk(self) -> Iterator[Difference]:
        work = self.roots[::-1]
        while work:
            pair = work.pop()
            self.compared += 1
            if pair.one.whole == pair.other.whole or self.compared > _MOST_PAIRS:
                continue
            pairs = matched(pair.one, pair.other)
            _look(pair, pairs, self.other.versions)
            pair.found = [found for found in pair.found if not self._is_definition(found)]
            self._place_defaults(pair)
            yield from pair.found
            for number, other in pairs:
                one, two = pair.one.children[number], pair.other.children[other]
                if one.whole != two.whole:
                    pair.children.append(Pair(one, two, pair, number))
            work += pair.children

    def _is_definition(self, found: Difference) -> bool:
        """Whether only `def`, `class`, import lines and texts that stand alone differ."""
        if found.kind != "line":
            return False
        path, runs = found.pair.one.path, (self.one, self.other)
        texts = [
            run.sources.text(path, line)
            for run, line in zip(runs, (found.one, found.other))
            if line
        ]
        return all(_DEFINITION.match(text) for text in texts)

    def _place_defaults(self, pair: Pair) -> None:
        """Place what differs in a mutable default at the `def`, not at the call.

        It is one if one of the runs has what the `def` says, and the call does not name it.
        """
        sources, begins = self.one.sources, pair.one.begins
        head, caller = sources.text(pair.one.path, begins), pair.parent
        for found in pair.found:
            if found.kind == "argument" and caller is not None:
                name = re.escape(found.name)
                default = re.search(rf"\b{name}\s*(?::[^=,]+)?=\s*(\[\]|{{}}|\w+\(\))", head)
                site = sources.text(caller.one.path, pair.site)
                function = re.escape(pair.one.name.rpartition(".")[2])
                is_given = re.search(rf"\b{function}\(.*\b{name}\s*=(?!=)", site)
                if default and not is_given and default[1] in (found.one, found.other):
                    found.line, found.is_default = begins, True

    def first(self) -> list[Difference]:
        """Return them without what the same place has said before; each with its count."""
        seen: dict[tuple[object, ...], Difference] = {}
        for found in self.all:
            known = seen.setdefault(found.key, found)
            if known is not found:
                known.count += 1
        return list(seen.values())


def _look(pair: Pair, pairs: list[tuple[int, int]], versions: Versions) -> None:
    """Find what two calls did differently, but for what they called."""
    for finds in (_arguments, _errors, _values, _results):
        pair.found += finds(pair)
    pair.found += _lines(pair, versions)
    pair.found += _calls(pair, pairs)


def _arguments(pair: Pair) -> Iterator[Difference]:
    for name, value in pair.one.args.items():
        other = pair.other.args.get(name)
        if other is not None and other != value:
            line = pair.site or min(pair.one.lines, default=0)
            yield _difference(("argument", pair, line, pair.time), name, value, other)


def _difference(where: tuple[str, Pair, int, int], name: str, one: Any, other: Any) -> Difference:
    found = Difference(*where)
    found.name, found.one, found.other = name, one, other
    return found


def _lines(pair: Pair, versions: Versions) -> Iterator[Difference]:
    """Yield where one ran a line that the other did not run, once for each line that decided.

    Lines that only one of two versions has are stepped over, unless nothing else differs.
    """
    decided = _decided(pair, versions) or _decided(pair, None)
    raised = {each.line for each in pair.found if each.kind == "exception"}
    yield from (found for line, found in decided.items() if line not in raised)


def _decided(pair: Pair, versions: Versions | None) -> dict[int, Difference]:
    one, other, path = pair.one, pair.other, pair.one.path
    decided: dict[int, Difference] = {}
    for call, against in ((one, other), (other, one)):
        for line, (before, offset) in call.lines.items():
            if line in against.lines or (versions and versions.is_only_in_one(path, line)):
                continue
            origin = _before(call, before, versions)
            if origin not in against.lines and (origin or not call.begins or not against.begins):
                continue
            found = decided.get(origin)
            if found is None:
                found = Difference("line", pair, before or line, pair.time + offset)
                decided[origin] = found
            if before != origin:
                found.line = before
            found.time = min(found.time, pair.time + offset)
            if call is one:
                found.one = found.one or line
            else:
                found.other = found.other or line
    return decided


def _before(call: Call, line: int, versions: Versions | None) -> int:
    """The line, or the last one before it that both versions have."""
    while line and versions and versions.is_only_in_one(call.path, line):
        line = call.lines[line][0] if call.lines[line][0] != line else 0
    return line


def _errors(pair: Pair) -> Iterator[Difference]:
    """Yield the exceptions that only one of them raised; another text of the same is a value."""
    one, other = pair.one.errors, pair.other.errors
    for line in sorted({line for line, _ in {*one} ^ {*other}}):
        ours = [error for at, error in one if at == line]
        theirs = [error for at, error in other if at == line]
        is_same = {*map(_type, ours)} == {*map(_type, theirs)}
        call = pair.one if ours else pair.other
        _, offset = call.lines.get(line, (0, 0))
        where = ("value" if is_same else "exception", pair, line, pair.time + offset)
        name = "the exception" if is_same else ""
        yield _difference(where, name, ours or None, theirs or None)


def _type(error: str) -> str:
    return error.partition("(")[0]


def _values(pair: Pair) -> Iterator[Difference]:
    for (line, name), values in pair.one.values.items():
        others = pair.other.values.get((line, name))
        if others is None or others == values or line not in pair.one.lines:
            continue
        if MOST_VALUES in (len(values), len(others)):
            continue
        kind = "order" if set(values) == set(others) else "value"
        time = pair.time + pair.one.lines[line][1]
        yield _difference((kind, pair, line, time), name, values, others)


def _results(pair: Pair) -> Iterator[Difference]:
    line, value = pair.one.result
    other_line, other = pair.other.result
    if value != other and line and other_line and line == other_line:
        _, offset = pair.one.lines.get(line, (0, 0))
        yield _difference(("result", pair, line, pair.time + offset), "", value, other)


def _calls(pair: Pair, pairs: list[tuple[int, int]]) -> Iterator[Difference]:
    """Yield what one line has called in one of them and not in the other."""
    one, other = _called(pair.one), _called(pair.other)
    for line in one.keys() | other.keys():
        ours, theirs = one.get(line, {}), other.get(line, {})
        if line and ours.keys() != theirs.keys() and _both_ran(pair, line):
            # A module that is imported runs in the run, and before, if another has imported it.
            only = [key for key in ours if key not in theirs and key[1] != "<module>"]
            others = [key for key in theirs if key not in ours and key[1] != "<module>"]
            if not only and not others:
                continue
            times = [ours[name] for name in only] or [pair.one.lines[line][1]]
            where = ("call", pair, line, pair.time + min(times))
            yield _difference(where, "", only, others)
    yield from _counts(pair)


def _both_ran(pair: Pair, line: int) -> bool:
    return line in pair.one.lines and line in pair.other.lines


def _called(call: Call) -> dict[int, dict[tuple[str, str], int]]:
    found: dict[int, dict[tuple[str, str], int]] = {}
    for child, line, time in zip(call.children, call.sites, call.times):
        found.setdefault(line, {}).setdefault(child.key, time)
    return found


def _counts(pair: Pair) -> Iterator[Difference]:
    """Yield what was called more often in one of them."""
    one, other = _counted(pair.one), _counted(pair.other)
    for (line, key), (count, time) in one.items():
        others, _ = other.get((line, key), (0, 0))
        if line and others and count != others:
            where = ("count", pair, line, pair.time + time)
            yield _difference(where, key[1], count, others)


def _counted(call: Call) -> dict[tuple[int, tuple[str, str]], tuple[int, int]]:
    found: dict[tuple[int, tuple[str, str]], tuple[int, int]] = {}
    for child, line, time in zip(call.children, call.sites, call.times):
        count, first = found.get((line, child.key), (0, time))
        found[line, child.key] = count + 1, first
    return found
