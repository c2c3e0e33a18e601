"""What two runs did differently, as lines to read."""

from __future__ import annotations

import re

from .. import swifttrace as native
from ..recordings.names import counted
from ..runtime.builtins import __builtins__ as __builtins__
from .alignment import shown_number
from .calls import APART
from .origins import Origins
from .setters import Setters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .calls import Call, Run
    from .differences import Difference, Differences, Pair

_WIDTH = 60
"""How many characters of a value are shown."""
_MOST_VALUES = 4
_CALLERS = 6
_MOST_TOLD = 2
"""How many differences are told of one line."""


class Report:
    """The differences that are left when noise is taken out."""

    def __init__(self, differences: Differences, left: list[Difference]) -> None:
        self._differences = differences
        self._one, self._other = differences.one, differences.other
        self._origins = Origins(differences)
        self.control = [found for found in left if found.is_control]
        self.values = [found for found in left if found.kind in ("argument", "value", "result")]
        self.weak = [found for found in left if found.kind in ("count", "order")]
        self.missing = differences.missing

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not (self.control or self.values or self.missing)

    @property
    def main(self) -> Difference | None:
        """The difference that the verdict names."""
        if self.control:
            return self.control[0]
        defaults = [found for found in self.values if found.is_default]
        # What the commands say differs anyway.
        others = [found for found in self.values if not self._is_of_command_line(found)]
        first = next(iter(defaults or others or self.values), None)
        if first is None or first.is_default:
            return first
        chain = [each for each in self._origins.of(first) if each in self.values]
        return chain[-1] if chain else first

    def _is_of_command_line(self, found: Difference) -> bool:
        return "argv" in self._one.sources.text(found.path, found.line)

    def lines(self, sides: Iterable[str] = ()) -> Iterator[str]:
        """Yield all lines, the verdict first; `sides` is said about the runs."""
        main = self.main
        if main is None:
            yield from self._without_place()
            yield from sides
            return
        yield f"# {self.verdict(main)}"
        yield from self._details(main)
        chain = self._origins.of(main)
        if chain:
            yield from self._section("what led to it, the nearest first:", chain)
        yield from Setters(self._one, self._other, self._line).lines([main, *chain])
        yield from sides
        shown = {id(main), *map(id, chain)}
        yield from self._more(shown, main)

    def _without_place(self) -> Iterator[str]:
        if not self.missing:
            yield f"# no difference found in {counted(self._differences.compared, 'call')}"
            yield from self._weakest(set())
            return
        yield "# no difference in the lines, but not the same processes or threads ran:"
        yield from self._missing()

    def _missing(self) -> Iterator[str]:
        for is_one, (command, thread, _) in self.missing:
            side = "A" if is_one else "B"
            yield f"~ only {side} has the thread {thread} of: {native.visible(command)}"

    def verdict(self, main: Difference) -> str:
        """Return the first line."""
        where = f"{self._place(main.path, main.line)}, in {main.function}{self._number(main)}"
        told = {
            "line": self._told_line,
            "exception": self._told_exception,
            "call": self._told_call,
        }.get(main.kind, self._told_value)
        return f"the runs part at {where}: {told(main)}"

    def _number(self, main: Difference) -> str:
        if main.kind == "argument" or main.function == "<module>":
            return ""
        number = _Ordinal(main.pair.one.key).of(main.pair)
        return f", call {number:,}" if number > 1 else ""

    def _told_line(self, main: Difference) -> str:
        if main.line in (main.one, main.other):
            return f"only {'A' if main.line == main.one else 'B'} runs this line"
        ours = self._next(main.pair.one, main.line, main.one, main.other)
        theirs = self._next(main.pair.other, main.line, main.other, main.one)
        return f"A goes on {ours}, B {theirs}"

    def _next(self, call: Call, line: int, known: int | None, not_this: int | None) -> str:
        if known:
            return f"to line {shown_number(known)}"
        others = [after for before, after in call.steps if before == line and after != not_this]
        return f"to line {shown_number(others[-1])}" if others else "to the end of the call"

    def _told_exception(self, main: Difference) -> str:
        ours, theirs = (
            _several(_in_short(error) for error in errors or ["no exception"])
            for errors in (main.one, main.other)
        )
        return f"{ours} in A, {theirs} in B"

    def _told_call(self, main: Difference) -> str:
        ours, theirs = (
            ", ".join(f"{name} ({path})" for path, name in keys) or "nothing else"
            for keys in (main.one, main.other)
        )
        return f"A calls {ours}, B {theirs}"

    def _told_value(self, main: Difference) -> str:
        if main.kind == "opaque":
            return f"{main.name} is {_cut(main.one)}, which may differ"
        what = "the result" if main.kind == "result" else main.name
        if main.is_default:
            what += ", a default that a call has changed,"
        return f"{what} is {_values(main.one, main.other)}"

    def _details(self, main: Difference) -> Iterator[str]:
        yield self._line(main.path, main.line)
        yield from self._edited(main.path, main.line)
        pair = main.pair
        if main.kind == "line":
            yield from self._read("A", pair.one, main, main.one)
            yield from self._read("B", pair.other, main, main.other)
            yield from self._only(pair)
        if main.kind == "call":
            yield from self._called(pair.one, main.one, "A")
            yield from self._called(pair.other, main.other, "B")
        if main.is_control:
            yield from self._call(pair)
        if callers := list(pair.chain()):
            start = 1 if main.kind == "argument" and len(callers) > 1 else 0
            yield self._by(callers[start:] or callers)

    def _edited(self, path: str, line: int) -> Iterator[str]:
        """The line of B, if it is another text than that of A."""
        texts = [run.sources.text(path, line) for run in (self._one, self._other)]
        if all(texts) and texts[0] != texts[1]:
            yield f"{_shown(self._other, path, line)}    # in B"

    def _called(self, call: Call, keys: list[tuple[str, str]], side: str) -> Iterator[str]:
        """The first lines of what only one of them has called."""
        called = {child.key: child for child in call.children}
        run = self._one if side == "A" else self._other
        for child in (called[key] for key in keys):
            yield f"~ only {side} calls {_signature(child)}:"
            yield from (_shown(run, child.path, line) for line in list(child.lines)[:3])

    def _read(self, side: str, call: Call, main: Difference, after: int | None) -> Iterator[str]:
        """What the deciding line read; all the values of a name if no step tells it."""
        read = call.steps.get((main.line, after or 0), {})
        if not read:
            # An attribute that the call has not set before has the value of a later line.
            text = self._one.sources.text(main.path, main.line)
            names = [name for name in self._one.sources.read(text) if "." not in name]
            against = main.pair.other if call is main.pair.one else main.pair.one
            read = {name: values for name in names if (values := _all(call, name, against))}
        if read:
            told = ", ".join(f"{name} = {_cut(value)}" for name, value in read.items())
            yield f"~ {side} has {told}"

    def _only(self, pair: Pair) -> Iterator[str]:
        one, other, path = pair.one, pair.other, pair.one.path
        for side, call, against, run in (
            ("A", one, other, self._one),
            ("B", other, one, self._other),
        ):
            lines = [line for line in call.lines if line not in against.lines]
            if lines:
                yield f"~ only in {side}:"
                yield from (_shown(run, path, line) for line in lines[:2])
            if len(lines) > 2:
                yield f"~ and {len(lines) - 2} more lines of {one.name}"

    def _call(self, pair: Pair) -> Iterator[str]:
        ours, theirs = _signature(pair.one), _signature(pair.other)
        results = pair.one.result[1], pair.other.result[1]
        if pair.one.name == "<module>" or not pair.one.path:
            return
        told = f"~ the call: {ours}" if ours == theirs else f"~ the calls: A {ours}, B {theirs}"
        if results[0] != results[1]:
            told += f"; it returns {_values(*(result or 'nothing' for result in results))}"
        yield told

    def _by(self, callers: list[tuple[str, int, str]]) -> str:
        told = [f"{path}:{shown_number(line)} {name}" for path, line, name in callers[:_CALLERS]]
        more = len(callers) - len(told)
        return "# by " + ", ".join([*told, f"… {more} more"] if more else told)

    def _more(self, shown: set[int], main: Difference) -> Iterator[str]:
        before = [
            found for found in self.values if id(found) not in shown and found.time <= main.time
        ]
        after = [
            found for found in self.values if id(found) not in shown and found.time > main.time
        ]
        others = [found for found in self.control if id(found) not in shown]
        yield from self._section("values that differ before it:", before)
        yield from self._section("other places where the runs part:", others)
        yield from self._section("values that differ after it:", after)
        if self.missing:
            yield from self._missing()
        yield from self._weakest(shown)

    def _weakest(self, shown: set[int]) -> Iterator[str]:
        weak = [found for found in self.weak if id(found) not in shown]
        yield from self._section("in another order, or another number of times:", weak)

    def _section(self, title: str, rows: list[Difference]) -> Iterator[str]:
        places: dict[tuple[str, int], list[Difference]] = {}
        for found in rows:
            places.setdefault((found.path, found.line), []).append(found)
        if places:
            yield f"~ {title}"
        for (path, line), here in places.items():
            told = [self._counted(found) for found in here[:_MOST_TOLD]]
            more = [f"{len(here) - _MOST_TOLD} more"] if len(here) > _MOST_TOLD else []
            yield f"{self._line(path, line)}    # {'; '.join([*told, *more])}"
            yield from self._edited(path, line)

    def _counted(self, found: Difference) -> str:
        return self.told(found) + (f" ({found.count:,} times)" if found.count > 1 else "")

    def told(self, found: Difference) -> str:
        """Return what differs, in a few words."""
        if found.kind == "line":
            return self._told_line(found)
        if found.kind == "exception":
            return self._told_exception(found)
        if found.kind == "call":
            return self._told_call(found)
        if found.kind == "count":
            return f"calls {found.name} {found.one:,} times in A, {found.other:,} in B"
        if found.kind == "order":
            return f"{found.name} has the same values in another order"
        return self._told_value(found)

    def _line(self, path: str, line: int) -> str:
        return _shown(self._one if self._one.sources.text(path, line) else self._other, path, line)

    def _place(self, path: str, line: int) -> str:
        return _place(self._other if line > APART else self._one, path, line)

    def objects(self) -> Iterator[dict[str, object]]:
        """Yield one object for each difference."""
        for found in [*self.control, *self.values, *self.weak]:
            yield {
                "kind": found.kind,
                "file": self._place(found.path, found.line).rpartition(":")[0],
                "line": shown_number(found.line),
                "function": found.function,
                "name": found.name,
                "a": found.one,
                "b": found.other,
                "count": found.count,
                "text": self._one.sources.text(found.path, found.line).strip(),
                "callers": [
                    f"{path}:{shown_number(line)} {name}" for path, line, name in found.pair.chain()
                ],
            }


class _Ordinal:
    """Counts the calls of one function before one of them."""

    def __init__(self, key: tuple[str, str]) -> None:
        self._key = key
        self._known: dict[int, int] = {}

    def of(self, pair: Pair) -> int:
        number, current = 1, pair
        while current.parent is not None:
            parent = current.parent
            own = current.time - parent.time
            for child, time in zip(parent.one.children, parent.one.times):
                if time < own:
                    number += self._in(child)
            current = parent
        return number

    def _in(self, call: Call) -> int:
        """How many there are in a tree, without recursion."""
        work = [call]
        while work:
            top = work[-1]
            if id(top) in self._known:
                work.pop()
                continue
            waiting = [child for child in top.children if id(child) not in self._known]
            if waiting:
                work += waiting
                continue
            below = sum(self._known[id(child)] for child in top.children)
            self._known[id(top)] = below + (top.key == self._key)
            work.pop()
        return self._known[id(call)]


def _signature(call: Call) -> str:
    told = ", ".join(f"{name}={_cut(value)}" for name, value in call.args.items())
    return f"{call.name}({told})"


def _all(call: Call, name: str, against: Call) -> str:
    """All values of a name; first those that it did not have in the other call."""
    found, others = (
        [value for (_, bound), values in each.values.items() if bound == name for value in values]
        for each in (call, against)
    )
    if not found and name in call.args:
        return call.args[name]
    return _several(sorted(found, key=lambda value: value in others))


def _in_short(error: str) -> str:
    """Return the first line of its text: `AssertionError('assert 1 == 2…')`."""
    first, is_longer, _ = error.partition("\\n")
    quote = re.search(r"\(([\"'])", first)
    return f"{first}…{quote[1]})" if is_longer and quote else first


def _several(values: Iterable[str]) -> str:
    found = list(dict.fromkeys(values))
    more = len(found) - _MOST_VALUES
    told = ", ".join(_cut(value) for value in found[:_MOST_VALUES])
    return f"{told}, and {more} more" if more > 0 else told


def _values(one: str | list[str], other: str | list[str]) -> str:
    """Both values; of several, those that only one of them has."""
    if isinstance(one, list) and isinstance(other, list):
        ours = [value for value in one if value not in other] or one
        theirs = [value for value in other if value not in one] or other
        return f"{_several(ours)} in A, {_several(theirs)} in B"
    return f"{_cut(str(one))} in A, {_cut(str(other))} in B"


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _shown(run: Run, path: str, line: int) -> str:
    text = native.visible(run.sources.text(path, line))
    return f"+ [{_place(run, path, line)}] {text}".rstrip()


def _place(run: Run, path: str, line: int) -> str:
    """The place in the version that ran."""
    own, number = run.versions.own(path, line)
    return f"{own}:{number}"
