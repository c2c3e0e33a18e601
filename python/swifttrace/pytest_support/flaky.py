"""`--swifttrace-flaky`: a test is run many times alone, to see where failing runs part."""

from __future__ import annotations

import os
import shlex

from ..compare.runs import CannotRun, Command, Folder
from ..flakiness.knobs import chosen
from ..flakiness.trials import CannotCompare, Trials
from ..recordings.files import CannotRead
from ..runtime.builtins import __builtins__ as __builtins__
from .fresh import MOST, TIMEOUT, Fresh, refusal
from .sections import add, cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

_HEADING = "swifttrace: the test alone, with other hash seeds"
_HINT = "; --swifttrace-diff says what other tests do to one that fails in the suite alone"


class Flaky:
    """Has tests run many times: those that fail; where few are selected, those that pass, too."""

    def __init__(self, fresh: Fresh, count: int, remarks: list[str]) -> None:
        """:param remarks: is told of tests that always pass."""
        self._fresh, self._count, self._remarks = fresh, count, remarks
        self._left = MOST

    def take(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Run a test again if it is to be, and add to its report what comes of it."""
        is_wanted = report.failed or (report.passed and len(item.session.items) <= MOST)
        if report.when == "teardown" or not is_wanted or (report.when == "setup" and report.passed):
            return
        reason = refusal(item, self._left)
        if reason:
            lines, fails = [f"({reason})"], False
        else:
            self._left -= 1
            lines, fails = self._told(item)
        if report.passed and not fails:
            self._remarks.append(f"{item.nodeid}: {lines[0].removeprefix('# ')}")
            return
        if report.passed:
            report.outcome, report.longrepr = "failed", lines[0].removeprefix("# ")
        add(report, _HEADING, "\n".join(lines))

    def _told(self, item: pytest.Item) -> tuple[list[str], bool]:
        """Return what came of the runs, and whether any has failed."""
        trials = Trials(_Test(self._fresh, item), chosen("hash"))
        trials.until_both, trials.timeout = True, TIMEOUT
        try:
            with Folder(None) as folder:
                trials.run(self._count, folder)
                return cut(trials.lines(trials.verdict())), bool(trials.failing)
        except (CannotRead, CannotCompare, CannotRun) as error:
            return [f"({error})"], False


class _Test(Command):
    """A test as a command."""

    def __init__(self, fresh: Fresh, item: pytest.Item) -> None:
        self.shown = shlex.join(fresh.shown(item))
        self.hint = _HINT
        self.variables: dict[str, str] = {}
        self.directory = fresh.directory
        self.inherited = fresh.environment("")
        self._fresh, self._item = fresh, item

    def call(self, folder: str) -> list[str]:
        """Return what is executed, with the files of the test in the folder."""
        temporary = os.path.join(folder, "temporary")
        os.mkdir(temporary)
        return self._fresh.arguments(self._item, temporary)

    def last_words(self, lines: Sequence[str]) -> str:
        """Return the first line of what is said of the exception."""
        said = [number for number, line in enumerate(lines) if line.startswith("E ")]
        first = [number for number in said if number - 1 not in said]
        return lines[first[-1]].removeprefix("E ").strip() if first else lines[-1]
