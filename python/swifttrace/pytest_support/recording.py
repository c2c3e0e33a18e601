"""One test: its lines while they are recorded, and what its report has of them."""

from __future__ import annotations

import posix  # not `os`, whose functions the test may replace
from typing import NamedTuple

from ..reports.detailed import Detailed
from ..reports.lines import Line, without_single_thread
from ..reports.rows import Sources, Table, at_level, rows
from ..reports.selection import Selection
from ..runtime.builtins import __builtins__ as __builtins__
from .difference import LastPart, head
from .places import last_example, marked_place, origins, shown_place
from .sections import add

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from ..session.trace import Trace
    from .again import Again
    from .compared import Compared
    from .places import Origin


LAST = 40
"""How many lines are shown where nothing else was said."""
_FEWEST_CHOSEN = 20
"""Fewer rows are the last ones: there is no room for all that led to a failure."""
_MOST_LOOKED_AT = 10_000
"""How many lines before a failure are looked at."""


class Plan(NamedTuple):
    """How a test is traced."""

    level: int | None
    """All its lines are shown at this level; None: they are not."""
    scope: str
    kept: int
    """How many lines are kept; 0: they are written as they come."""
    last: int
    """How many are shown where the test fails."""
    shown: int
    """How many lines of a phase are, where all are asked for."""
    file: str | None = None
    """Where they are written with values and calls, of which the report is made."""


class Recording:
    """The lines of one test."""

    __slots__ = (
        "_output",
        "_phase_start",
        "_process",
        "_sections",
        "_start",
        "again",
        "heading",
        "is_alone",
        "item",
        "last",
        "plan",
        "trace",
    )

    def __init__(self, item: pytest.Item, plan: Plan, trace: Trace, output: Trace | None) -> None:
        self.item, self.plan, self.trace = item, plan, trace
        self.last = plan.last or LAST
        self.heading = f"swifttrace: last {self.last} lines"
        """Of its report."""
        self.is_alone = True
        """Whether the test has no trace of its own, whose lines are not here."""
        self.again: Again | None = None
        """Runs a test again that has failed."""
        self._output = output
        self._process = posix.getpid()
        self._sections: list[tuple[str, str]] = []
        self._start = self._phase_start = self._count(0)

    @property
    def lines(self) -> list[Line]:
        """The lines that ran so far, the oldest first; where they are very many, the last.

        `lost` says how many are not there.
        """
        return self._lines(self._start)

    @property
    def lost(self) -> int:
        """How many lines ran before those that `lines` has."""
        return max(self._count(self._start) - self.plan.kept, 0)

    def begin(self, is_first: bool) -> None:
        """Have the lines from here on be the test's."""
        self._phase_start = self.trace.session.resume()
        if is_first:
            self._start = self._phase_start
            self._sections.clear()

    def end(self) -> None:
        """Have them be nobody's; those that were kept go to the output, where there is one.

        A process that was forked leaves that alone: it is its parent's.
        """
        self.trace.session.pause()
        if self._output is not None and self._shows_all and self._process == posix.getpid():
            text = "".join(f"{line}\n" for line in self._phase())
            self._output.session.write(text.encode("utf-8"))

    def describe(self, report: pytest.TestReport, error: BaseException | None) -> None:
        """Add to the report what it has to say of the lines."""
        is_written = self._output is not None and self._process == posix.getpid()
        if self._shows_all and not is_written and self._count(self._phase_start):
            self._sections.append((f"swifttrace: {report.when}", "\n".join(self._phase())))
        for section in self._sections:
            add(report, *section)
        if report.when != "setup":  # whose report nobody shows, where it has passed
            self._sections.clear()
        if self.plan.last and (self.plan.kept or self.plan.file) and report.failed:
            text = self.table(error)
            add(report, *self._more(report, text))

    def _more(self, report: pytest.TestReport, text: str) -> tuple[str, str]:
        """Return the heading and the table; with values, where the test is run again for them."""
        if self.again is None or report.when != "call":
            return self.heading, text
        alone = self.again.run(self.item)
        if alone.heading:
            return alone.heading, alone.table
        return self.heading, f"{text}\n  ({alone.reason})"

    def table(self, error: BaseException | None = None) -> str:
        """Return the last lines of the test, up to the one that `error` came from."""
        causes = [] if error is None else origins(self.item, error)
        total = self._count(0)
        end = self._raised(causes, total)
        lines = self._looked_at(end)
        after = total - end
        if not lines and after:
            lines = self._looked_at(total)
        if not lines:
            return "(none in scope)" if self.is_alone else "(a trace of the tests' own was on)"
        marked = marked_place(lines, causes)
        return self._shown(lines, marked) + _said_of(after, self.plan.kept)

    def _raised(self, causes: Sequence[Origin], total: int) -> int:
        """Return how many lines there were as the exception was raised."""
        for cause in causes:
            if cause.error is not None:
                count = self.trace.session.lines_before(cause.error)
                if count is not None and self._start < count <= total:
                    return count
        return total

    def _looked_at(self, end: int) -> list[Line]:
        first = max(self._start, end - _MOST_LOOKED_AT)
        return last_example(self.item, self._lines(first, end))

    def _shown(self, lines: list[Line], marked: int | None) -> str:
        sources = Sources()
        found, places = rows(lines, sources)
        row = None if marked is None else places[marked]
        chosen, times = list(range(len(found)))[-self.last :], list[int]()
        if len(found) > self.last >= _FEWEST_CHOSEN and row is not None:
            selection = Selection(found, sources, row, self.last)
            chosen, times = selection.indices, selection.times
            self.heading = f"swifttrace: {len(chosen)} of {len(found):,} rows"
        root, shown = str(self.item.config.rootpath), [found[index] for index in chosen]
        table = Table(root, shown, lambda line: shown_place(self.item, line), times)
        return table.text(chosen.index(row) if row in chosen else None)

    @property
    def _shows_all(self) -> bool:
        return bool(self.plan.level and self.plan.kept)

    def _phase(self) -> Sequence[str]:
        """The lines of one phase as they are printed, and how many are missing."""
        lines = self._lines(self._phase_start)[-self.plan.shown :]
        missing = self._count(self._phase_start) - len(lines)
        texts = at_level(lines, self.plan.level or 1, str(self.item.config.rootpath))
        return [f"# {missing} lines before these", *texts] if missing > 0 else texts

    def _lines(self, start: int, end: int | None = None) -> list[Line]:
        session = self.trace.session
        kept = session.last_lines(start, self._count(0) if end is None else end)
        return without_single_thread([Line.of(each) for each in kept])

    def _count(self, start: int) -> int:
        return self.trace.session.state()[0] - start


class DetailedRecording(Recording):
    """The lines of a test whose trace has values and calls, and is a file."""

    __slots__ = ("compared",)

    def __init__(self, item: pytest.Item, plan: Plan, trace: Trace, output: Trace | None) -> None:
        super().__init__(item, plan, trace, output)
        self.compared: Compared | None = None
        """Says where the test and a pass of it part."""

    def begin(self, is_first: bool) -> None:
        """Have the lines from here on be the test's, with its name before them."""
        if is_first:
            self.trace.session.write(head(self.item.nodeid))
        super().begin(is_first)

    def describe(self, report: pytest.TestReport, error: BaseException | None) -> None:
        """Add the rows, and where a pass of the test parts from it."""
        super().describe(report, error)
        if self.compared is not None and report.when == "call":
            self.compared.take(self.item, report)

    def table(self, error: BaseException | None = None) -> str:
        """Return the rows with what they bound and called."""
        assert self.plan.file is not None
        causes = [] if error is None else origins(self.item, error)
        last = LastPart(self.plan.file, str(self.item.config.rootpath))
        part = (last if self.compared is None else self.compared.last).get()
        found = Detailed(part.text if part is not None else "")
        lines = without_single_thread(found.lines[: _end(found, causes)])
        lines = last_example(self.item, lines)
        if not lines:
            return "(none in scope)"
        return self._shown(lines, marked_place(lines, causes))


def _end(found: Detailed, causes: Sequence[Origin]) -> int:
    """Return how many lines there were as the exception was raised."""
    for cause in causes:
        for place in cause.places:
            counts = [count for where, count in found.raised if where == place]
            if counts:
                return counts[-1]
    return len(found.lines)


def _said_of(after: int, kept: int) -> str:
    """Return a row for the lines that ran after an exception was raised."""
    if not after:
        return ""
    plural = "" if after == 1 else "s"
    lost = "" if after < kept else " (of which these are the last)"
    return f"\n  … {after} line{plural} ran after it{lost}"
