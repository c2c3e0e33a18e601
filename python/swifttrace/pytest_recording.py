"""One test: its lines while they are recorded, and what its report has of them."""

from __future__ import annotations

import posix  # not `os`, whose functions the test may replace
from typing import NamedTuple

from . import swifttrace as native
from .pytest_lines import Line, Table, marked_place, without_single_thread
from .pytest_places import last_example, raised_at, shown_place
from .unpatched import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from .in_force import Trace


LAST = 50
"""How many lines are shown where nothing else was said."""


class Plan(NamedTuple):
    """How a test is traced."""

    level: int | None
    """All its lines are shown at this level; None: they are not."""
    scope: str
    kept: int
    """How many lines are kept; 0: they are written as they come."""
    last: int
    """How many are shown where the test fails."""


class Recording:
    """The lines of one test."""

    __slots__ = (
        "_output",
        "_phase_start",
        "_process",
        "_sections",
        "_start",
        "is_alone",
        "item",
        "last",
        "plan",
        "trace",
    )

    def __init__(self, item: pytest.Item, plan: Plan, trace: Trace, output: Trace | None) -> None:
        self.item, self.plan, self.trace = item, plan, trace
        self.last = plan.last or LAST
        self.is_alone = True
        """Whether the test has no trace of its own, whose lines are not here."""
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
        self._phase_start = native.resume(self.trace.session)
        if is_first:
            self._start = self._phase_start
            self._sections.clear()

    def end(self) -> None:
        """Have them be nobody's; those that were kept go to the output, where there is one.

        A process that was forked leaves that alone: it is its parent's.
        """
        native.pause(self.trace.session)
        if self._output is not None and self._shows_all and self._process == posix.getpid():
            text = "".join(f"{line}\n" for line in self._phase())
            native.write(self._output.session, text.encode("utf-8"))

    def describe(self, report: pytest.TestReport, error: BaseException | None) -> None:
        """Add to the report what it has to say of the lines."""
        is_written = self._output is not None and self._process == posix.getpid()
        if self._shows_all and not is_written and self._count(self._phase_start):
            self._sections.append((f"swifttrace: {report.when}", "\n".join(self._phase())))
        for section in self._sections:
            _add(report, *section)
        if report.when != "setup":  # whose report nobody shows, where it has passed
            self._sections.clear()
        if self.plan.last and self.plan.kept and report.failed:
            _add(report, f"swifttrace: last {self.last} lines", self.table(error))

    def table(self, error: BaseException | None = None) -> str:
        """Return the last lines of the test, the one marked that `error` came from."""
        lines = last_example(self.item, self.lines[-self.last :])
        if not lines:
            return "(none in scope)" if self.is_alone else "(a trace of the tests' own was on)"
        places = [shown_place(self.item, line) for line in lines]
        marked = None if error is None else marked_place(lines, raised_at(self.item, error))
        return Table(str(self.item.config.rootpath), lines, places).text(marked)

    @property
    def _shows_all(self) -> bool:
        return bool(self.plan.level and self.plan.kept)

    def _phase(self) -> Sequence[str]:
        """The lines of one phase as they are printed, and how many are missing."""
        lines = [line.at_level(self.plan.level or 1) for line in self._lines(self._phase_start)]
        missing = self._count(self._phase_start) - len(lines)
        return [f"# {missing} lines before these", *lines] if missing > 0 else lines

    def _lines(self, start: int) -> list[Line]:
        kept = native.last_lines(self.trace.session, start)
        return without_single_thread([Line.of(each) for each in kept])

    def _count(self, start: int) -> int:
        return native.session_state(self.trace.session)[0] - start


def _add(report: pytest.TestReport, heading: str, text: str) -> None:
    """To the error's own text, which every reporter shows; else beside what was captured."""
    add = getattr(report.longrepr, "addsection", None)
    if add is None:
        report.sections.append((heading, text))
    else:
        add(heading, text)
