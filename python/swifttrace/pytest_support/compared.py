"""`--swifttrace-diff`: what a test that fails is compared with, and what its report says."""

from __future__ import annotations

import os
import shutil
import tempfile

import pytest

from ..runtime.builtins import __builtins__ as __builtins__
from .difference import ALONE, LastPart, Passes, told
from .sections import add

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from .again import Again
    from .difference import Part

_HEADINGS = {
    ALONE: "swifttrace: A is the test alone, B the test in this run",
    "last-pass": "swifttrace: A is the last pass of the test, B this run",
}
_ALONE_TOO = "alone, in a fresh process, the test fails as well: no other test is the cause"
_NO_PASS = "no pass of the test is known: it is kept in .pytest_cache from the next one on"


class Compared:
    """Has the trace of all tests of a process. Raises `pytest.UsageError`."""

    def __init__(self, config: pytest.Config, what: str, again: Again) -> None:
        self._what, self._again = what, again
        self._root = str(config.rootpath)
        self._passes = None if what == ALONE else Passes(_cache(config))
        folder = tempfile.mkdtemp(prefix="swifttrace-")
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        self.trace = os.path.join(folder, "trace")
        self.last = LastPart(self.trace, self._root)
        """The test that runs, or has run last."""

    def take(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Keep the trace of a test that has passed; say where one that has failed parts."""
        if report.failed:
            add(report, _HEADINGS[self._what], "\n".join(self._told(item)))
        elif self._passes is not None and report.passed:
            part = self.last.get()
            if part is not None:
                self._passes.keep(item.nodeid, part)

    def _told(self, item: pytest.Item) -> list[str]:
        passed = self._alone(item) if self._passes is None else self._last(self._passes, item)
        return [f"({passed})"] if isinstance(passed, str) else told(passed, self.trace, self._root)

    def _alone(self, item: pytest.Item) -> Part | str:
        alone = self._again.run(item)
        return alone.passed or (_ALONE_TOO if alone.heading else alone.reason)

    def _last(self, passes: Passes, item: pytest.Item) -> Part | str:
        return passes.of(item.nodeid, self._root) or _NO_PASS


def _cache(config: pytest.Config) -> Path:
    cache = getattr(config, "cache", None)
    if cache is None:
        raise pytest.UsageError("--swifttrace-diff=last-pass needs pytest's cacheprovider")
    folder: Path = cache.mkdir("swifttrace")
    return folder
