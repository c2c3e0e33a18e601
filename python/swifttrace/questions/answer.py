"""An answer: a verdict, and records of what happened, each at its place with its callers."""

from __future__ import annotations

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__
from .places import place_of
from .texts import plural, times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator
    from types import FrameType
    from typing import Any

    from .places import Chain, Place, Project, Recent
    from .texts import Texts

    Keyed = dict[tuple[Hashable, Chain], "Group"]

_MOST_TEXTS = 3
_MOST_OUTCOMES, _RARE = 20, 4
_CALLERS = 8
MOST_GROUPS = 10_000
NOWHERE: Place = ("", 0, "")


class Group:
    """What happened in the same way at the same place, by the same callers."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.count = 0
        self.order = 0
        """When the first of them began."""
        self.chains = 1
        """How many chains of callers it stands for."""
        self.texts: dict[str, int] = {}
        self.outcomes: dict[str, tuple[int, str]] = {}
        """How they ended, as far as that is few: how often each, and the first of them."""

    def add(self, text: str, count: int = 1, outcome: str = "") -> None:
        """Count one that happened, with what it did and how it ended."""
        self.count += count
        if outcome and (outcome in self.outcomes or len(self.outcomes) <= _MOST_OUTCOMES):
            before, known = self.outcomes.get(outcome, (0, text))
            self.outcomes[outcome] = before + count, known
        if text in self.texts or len(self.texts) <= _MOST_TEXTS:
            self.texts[text] = self.texts.get(text, 0) + count

    def told(self) -> str:
        """Return what happened, and how often."""
        shown = list(self.texts.items())
        if len(shown) == 1 and self.count == shown[0][1]:
            return shown[0][0] + (f", {times(self.count)}" if self.count > 1 else "")
        if len(shown) > _MOST_TEXTS:
            return f"{times(self.count)}, first {shown[0][0]}{self._rarest()}"
        return f"{times(self.count)}: {'; '.join(text for text, _ in shown)}"

    def _rarest(self) -> str:
        """Return the outcome that few have, if there are several and one is rare."""
        if not 1 < len(self.outcomes) <= _MOST_OUTCOMES:
            return ""
        count, text = min(self.outcomes.values())
        if count * _RARE > self.count:
            return ""
        return f"; {len(self.outcomes)} outcomes, the rarest {times(count)}: {text}"


class Groups:
    """What happened, grouped as it happens."""

    def __init__(self) -> None:
        self._groups: dict[tuple[Hashable, Chain], Group] = {}
        self.count = 0

    def add(
        self, chain: Chain, text: str, kind: Hashable = None, order: int = 0, outcome: str = ""
    ) -> None:
        """Count one. Only those of the same kind are in one group.

        :param order: when it began, if it is not added as it begins.
        :param outcome: how it ended, if that is told.
        """
        self.count += 1
        order = order or self.count
        key = (kind, chain)
        group = self._groups.get(key)
        if group is None:
            if len(self._groups) >= MOST_GROUPS:
                return
            group = self._groups.setdefault(key, Group(chain))
            group.order = order
        group.add(text, outcome=outcome)
        group.order = min(group.order, order)

    def clear(self) -> None:
        """Forget all, in a process that was forked."""
        self._groups.clear()
        self.count = 0

    def all(self) -> list[Group]:
        """Return them in the order in which they began."""
        return list(self._groups.values())

    def fitting(self, most: int) -> list[Group]:
        """Return them, by their innermost callers alone where they are more than that."""
        found = dict(sorted(self._groups.items(), key=lambda item: item[1].order))
        for depth in (4, 2, 1):
            if len(found) <= most:
                break
            found = _merged(found, depth)
        return list(found.values())

    def places(self) -> int:
        """Return at how many places it happened."""
        return len({group.chain[:1] for group in self._groups.values()})


def _merged(groups: Keyed, depth: int) -> Keyed:
    merged: Keyed = {}
    for (kind, chain), group in groups.items():
        key = (kind, chain[:depth])
        other = merged.get(key)
        if other is None:
            other = merged[key] = Group(chain)
            other.chains = 0
        other.chains += 1
        for text, count in group.texts.items():
            other.add(text, count)
        other.count += group.count - sum(group.texts.values())
        for outcome, (count, first) in group.outcomes.items():
            before, known = other.outcomes.get(outcome, (0, first))
            other.outcomes[outcome] = before + count, known
    return merged


class Record:
    """One thing that an answer shows: a place, what was there, its callers."""

    def __init__(self, chain: Chain, told: list[str], count: int = 1, chains: int = 1) -> None:
        self.chain = chain
        self.told = told
        self.count = count
        self.chains = chains
        self.before: list[Place] = []
        """The lines that ran before."""


def records_of(groups: Groups, project: Project, most: int) -> list[Record]:
    """Return groups as records, those of the project's own lines first."""
    found = groups.fitting(most)
    found.sort(key=lambda group: not (group.chain and project.has(group.chain[0][0])))
    return [Record(group.chain, [group.told()], group.count, group.chains) for group in found]


class Answer:
    """What one question has as its answer."""

    def __init__(
        self, verdict: str, records: list[Record] | None = None, notes: list[str] | None = None
    ) -> None:
        self.verdict = verdict
        self.records = records or []
        self.notes = notes or []
        """What else is said, in lines of their own below the verdict."""
        self.is_empty = not self.records and not self.notes
        """Whether nothing was found: a child process need not say so."""


class Form:
    """How answers are written."""

    def __init__(self, project: Project, texts: Texts, nesting: int) -> None:
        self._project = project
        self._texts = texts
        self._sign = "+" * nesting

    def lines(self, answer: Answer, most: int, others: str) -> Iterator[str]:
        """Yield an answer's lines, at most so many; 0: all. `others` says how to see the rest."""
        yield f"# {answer.verdict}"
        yield from (f"# {note}" for note in answer.notes)
        left = most - 2 - len(answer.notes)
        every = [list(self.record(record)) for record in answer.records]
        self._add_before(answer.records, every, left - sum(map(len, every)) if most else None)
        for place, lines in enumerate(every):
            if most and len(lines) > left + self._is_last(answer, place):
                yield self._left_out(answer.records[place:], others)
                return
            left -= len(lines)
            yield from lines

    def _add_before(self, records: list[Record], every: list[list[str]], room: int | None) -> None:
        """Put the lines that ran before in front of each record's, where there is room."""
        for record, lines in zip(records, every):
            if room is not None:
                room -= len(record.before)
                if room < 0:
                    return
            places = record.before
            lines[:0] = [
                f"{self._sign} [{self.place(each)}] {self._texts.line(each)}" for each in places
            ]

    @staticmethod
    def _is_last(answer: Answer, place: int) -> bool:
        """Whether nothing follows, so that no line need say what was left out."""
        return place == len(answer.records) - 1

    @staticmethod
    def _left_out(records: list[Record], others: str) -> str:
        count = sum(record.count for record in records)
        return f"# {plural(len(records), 'more record')} of {times(count)} left out: {others}"

    def record(self, record: Record) -> Iterator[str]:
        """Yield the lines of a record: the source's, then what is said of it."""
        place = record.chain[0] if record.chain else NOWHERE
        where = f"{self._sign} [{self.place(place)}] "
        text = self._texts.line(place) if record.chain else "<no source>"
        indentation = text[: len(text) - len(text.lstrip())]
        if record.chain:
            yield where + text
        else:
            where, indentation = f"{self._sign} ", ""
        *before, last = record.told
        yield from (f"{where}{indentation}# {each}" for each in before)
        yield f"{where}{indentation}# {last}{self.by(record)}"

    def by(self, record: Record) -> str:
        """Return the callers, from the innermost on."""
        callers = record.chain[1:]
        if not callers:
            return ""
        told = [f"{self.place(each)} {each[2]}" for each in callers]
        if len(told) > _CALLERS:
            told[_CALLERS - 2 : -1] = ["…"]
        shown = ", ".join(told)
        ways = f", by {record.chains} chains, the first" if record.chains > 1 else ", by"
        return f"{ways} {shown}"

    def place(self, place: Place) -> str:
        """Return the file's name and the number."""
        return f"{self._project.name(place[0])}:{place[1]}"

    def data(self, record: Record) -> dict[str, Any]:
        """Return a record for programs."""
        places = [(self._project.name(path), line, name) for path, line, name in record.chain]
        file, line, name = places[0] if places else ("", 0, "")
        callers = [{"file": each[0], "line": each[1], "function": each[2]} for each in places[1:]]
        text = self._texts.line(record.chain[0]).strip() if places else ""
        found = {"file": file, "line": line, "function": name, "text": text}
        before = [
            {"file": self._project.name(path), "line": line, "text": self._texts.line(each).strip()}
            for each in record.before
            for path, line, _ in [each]
        ]
        more = {"before": before} if before else {}
        return {**found, "what": record.told, "count": record.count, "by": callers, **more}


class Tools:
    """What questions are answered with."""

    def __init__(self, project: Project, texts: Texts) -> None:
        self.project = project
        self.texts = texts
        self.recent: Recent | None = None
        """What has the last lines; None: no question needs them."""
        self.form: Form | None = None
        """How a record is written at once; None: the answer at the end is all."""
        self.session: native.Session | None = None

    def within(self, frame: FrameType) -> str:
        """Return which function of a library did it, where it was none of the project's."""
        place = place_of(frame)
        if self.project.has(place[0]):
            return ""
        return f" in {self.project.name(place[0])}:{place[1]} {place[2]}"

    def tell(self, chain: Chain, told: str) -> None:
        """Write what has just happened, where that is asked for."""
        if self.form is not None and self.session is not None:
            lines = self.form.record(Record(chain, [told]))
            self.session.write(encoded(lines))


def encoded(lines: Iterable[str]) -> bytes:
    """Return lines as they are written."""
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
