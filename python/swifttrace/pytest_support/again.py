"""A test that has failed, run once more: alone, in a fresh process, with values."""

from __future__ import annotations

import json
import os

from ..compare.runs import Folder, execute
from ..runtime.builtins import __builtins__ as __builtins__
from .difference import LastPart
from .fresh import MOST, TIMEOUT, Fresh, refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import pytest

    from .difference import Part

_SAID = {
    "passed": "alone, in a fresh process, the test passes",
    "timeout": f"run again, it was ended after {TIMEOUT} s",
    "nothing": "run again, it did not get as far",
}


class Again:
    """Runs tests again as they were asked for."""

    def __init__(self, config: pytest.Config, told: dict[str, Any]) -> None:
        self._config, self._told = config, told
        self._left = MOST
        self._fresh = Fresh(config, told)

    def run(self, item: pytest.Item) -> Alone:
        """Run a test again."""
        if reason := self._refused(item):
            return Alone(reason)
        with Folder(None) as folder:
            path = folder.new("again")
            ended = execute(
                self._fresh.arguments(item, folder.new("temporary")),
                self._fresh.environment(path),
                path,
                TIMEOUT,
                self._fresh.directory,
            )
            reason = _SAID["timeout" if ended.has_timed_out else "nothing"]
            return _read(path, str(self._config.rootpath), reason)

    def record(self, item: pytest.Item, file: str) -> str:
        """Run a test again and record it; return what there is to say of that, or nothing."""
        if reason := self._refused(item):
            return reason
        words = ["swifttrace", "record", "--calls", "--values", "--scope"]
        words += [self._told["scope"][1] or "project", "-o", file, "-m", "pytest"]
        # What an ini file says of us is not for this run.
        words += [f"--override-ini={name}=" for name in self._told["ini"]]
        with Folder(None) as folder:
            ended = execute(
                self._fresh.arguments(item, folder.new("temporary"), words),
                self._fresh.environment(None),
                folder.new("again"),
                TIMEOUT,
                self._fresh.directory,
            )
        if ended.has_timed_out:
            return _SAID["timeout"]
        return "" if ended.status else _SAID["passed"]

    def _refused(self, item: pytest.Item) -> str:
        """Return why a test is not run again, or nothing; then it is counted."""
        reason = refusal(item, self._left)
        if not reason:
            self._left -= 1
        return reason


class Alone:
    """What came of it."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        """Why there is no report of a failure."""
        self.heading = self.table = ""
        self.passed: Part | None = None
        """The trace, if the test has passed."""


def _read(folder: str, root: str, reason: str) -> Alone:
    found = Alone(reason)
    try:
        with open(os.path.join(folder, "report"), encoding="utf-8") as file:
            found.heading, _, found.table = file.read().partition("\n")
        if not found.heading:
            found.reason = _SAID["passed"]
            found.passed = LastPart(os.path.join(folder, "trace"), root).get()
    except OSError:
        pass
    return found


class Told:
    """What this process was told, where it is to run a test again."""

    def __init__(self, text: str) -> None:
        self.values, self.folder = json.loads(text)

    @property
    def trace(self) -> str:
        """The file of the trace."""
        return os.path.join(self.folder, "trace")

    def answer(self, heading: str, text: str) -> None:
        """Leave the report of the test; nothing, if it has passed."""
        with open(os.path.join(self.folder, "report"), "w", encoding="utf-8") as file:
            file.write(f"{heading}\n{text}")
