"""Where failing runs part from passing ones, as lines to read."""

from __future__ import annotations

from .. import swifttrace as native
from ..compare import events
from ..compare.mutators import mutators
from ..runtime.builtins import __builtins__ as __builtins__
from .reads import reads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .streams import Tokens
    from .votes import Parting, Voting

_WIDTH = 100
_CALLERS = 6
_MOST_MUTATORS = 3


class Verdict:
    """What the votes say."""

    def __init__(self, voting: Voting, tokens: Tokens) -> None:
        self._voting = voting
        self._tokens = tokens
        self._parting, self._told, self._is_voted = voting.winner()

    def lines(self, summary: list[str]) -> Iterator[str]:
        """Yield all lines, the verdict first."""
        head, *rest = summary
        parting = self._parting
        place = f"{parting.path}:{parting.line}"
        name = f", at {parting.name}" if parting.name else ""
        yield f"# {head}: failing runs part from passing ones at {place}{name}{self._share()}"
        yield self._line(parting.path, parting.line)
        if self._told:
            yield f"~ {self._told}"
        yield from self._changed_in_place()
        yield from self._reads()
        if self._is_voted:
            yield from self._both(parting)
            yield from self._callers(parting)
        yield from rest
        yield from self._others()

    def _reads(self) -> Iterator[str]:
        """Yield the lines where what the line reads came from, as far as it differs."""
        runs = [*self._voting.failing, *self._voting.passing]
        found = reads(runs, self._tokens, (self._parting.path, self._parting.line))
        if found:
            yield "~ what it reads differs between the runs, too:"
        for path, line, name in found:
            yield f"{self._line(path, line)}    # {name}"

    def _changed_in_place(self) -> Iterator[str]:
        """Yield the lines of the function that change what the line reads."""
        parting = self._parting
        text = self._tokens.texts.get((parting.path, parting.line), "")
        if not self._is_voted:
            return
        found = mutators(self._tokens.texts, self._activation(parting), text)[:_MOST_MUTATORS]
        if found:
            yield "~ what it reads is changed by:"
            yield from (self._line(*place) for place in found)

    def _activation(self, parting: Parting) -> Iterator[tuple[str, int]]:
        """Yield the lines that ran before in the same call, the last one first."""
        tokens = parting.failing.threads[parting.thread].tokens
        depth = 0
        for number in range(min(parting.at, len(tokens)) - 1, -1, -1):
            path, line, kind, _ = self._tokens.all[tokens[number]]
            if kind in (events.RETURN, events.YIELD, events.LEFT):
                depth += 1
            elif kind in (events.CALL, events.RESUME):
                if not depth:
                    return
                depth -= 1
            elif kind == events.LINE and not depth:
                yield path, line

    def _share(self) -> str:
        votes, total = self._voting.votes[self._parting.key], len(self._voting.partings)
        return f" ({votes} of {total} votes)" if self._is_voted else ""

    def _both(self, parting: Parting) -> Iterator[str]:
        before = f"{parting.name} is " if parting.name else "it "
        ours, theirs = _cut(parting.ours), _cut(parting.theirs)
        yield f"~ in a failing run {before}{ours}, in the passing run most like it {theirs}"

    def _callers(self, parting: Parting) -> Iterator[str]:
        chain = list(self._chain(parting))
        if chain:
            more = len(chain) - _CALLERS
            told = [f"{path}:{line}" for path, line in chain[:_CALLERS]]
            yield "# by " + ", ".join([*told, f"… {more} more"] if more > 0 else told)

    def _chain(self, parting: Parting) -> Iterator[tuple[str, int]]:
        """Yield the lines that had called what ran, the nearest first."""
        thread = parting.failing.threads[parting.thread]
        stack: list[tuple[str, int]] = []
        last: tuple[str, int] = ("", 0)
        for number in thread.tokens[: parting.at]:
            path, line, kind, _ = self._tokens.all[number]
            if kind == events.LINE:
                last = path, line
            elif kind in (events.CALL, events.RESUME):
                stack.append(last)
            elif kind in (events.RETURN, events.YIELD, events.LEFT) and stack:
                last = stack.pop()
        yield from (place for place in reversed(stack) if place[1])

    def _others(self) -> Iterator[str]:
        others = [
            (key, count)
            for key, count in self._voting.votes.most_common()
            if key != self._parting.key
        ]
        if others:
            yield "~ other votes:"
        for (path, line, name), count in others:
            yield f"{self._line(path, line)}    # {f'{name}, ' if name else ''}{count}"

    def _line(self, path: str, line: int) -> str:
        text = native.visible(self._tokens.texts.get((path, line), ""))
        return f"+ [{path}:{line}] {text}".rstrip()

    def objects(self) -> Iterator[dict[str, object]]:
        """Yield one object for each place that was voted for."""
        for key, count in self._voting.votes.most_common():
            yield {"file": key[0], "line": key[1], "name": key[2], "votes": count}


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"
