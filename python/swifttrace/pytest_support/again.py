"""A test that has failed, run once more: alone, in a fresh process, with values."""

from __future__ import annotations

import json
import os
import sys

from ..compare.runs import Folder, execute
from ..runtime.builtins import __builtins__ as __builtins__
from .difference import last_part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    import pytest

    from .difference import Part

VARIABLE = "SWIFTTRACE_PYTEST_AGAIN"
"""What tells the fresh process what it is for; it has it while no test runs."""
MARKER = "swifttrace_once"
TIMEOUT = 60
_MOST = 10
"""So many tests of a process are run again; one that fails after them is not."""
_OF_WORKERS = "PYTEST_XDIST_"
_DROPPED = ("--pdb", "--trace", "--swifttrace")
_SAID = {
    "marker": f"its marker {MARKER} says that it must not run again",
    "most": f"only the first {_MOST} tests that fail are run again",
    "passed": "alone, in a fresh process, the test passes",
    "timeout": f"run again, it was ended after {TIMEOUT} s",
    "nothing": "run again, it did not get as far",
}


class Again:
    """Runs tests again as they were asked for."""

    def __init__(self, config: pytest.Config, told: dict[str, Any]) -> None:
        self._config, self._told = config, told
        self._left = _MOST
        self._environment = {
            name: value for name, value in os.environ.items() if not name.startswith(_OF_WORKERS)
        }
        self._is_in_path = bool({"", os.getcwd()} & {*sys.path})

    def run(self, item: pytest.Item) -> Alone:
        """Run a test again."""
        if reason := self._refused(item):
            return Alone(reason)
        with Folder(None) as folder:
            path = folder.new("again")
            ended = execute(
                self._arguments(item, folder.new("temporary")),
                {**self._environment, VARIABLE: json.dumps([self._told, path])},
                path,
                TIMEOUT,
                str(self._config.invocation_params.dir),
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
                self._arguments(item, folder.new("temporary"), words),
                self._environment,
                folder.new("again"),
                TIMEOUT,
                str(self._config.invocation_params.dir),
            )
        if ended.has_timed_out:
            return _SAID["timeout"]
        return "" if ended.status else _SAID["passed"]

    def _refused(self, item: pytest.Item) -> str:
        """Return why a test is not run again, or nothing; then it is counted."""
        if item.get_closest_marker(MARKER) is not None:
            return _SAID["marker"]
        if not self._left:
            return _SAID["most"]
        self._left -= 1
        return ""

    def _arguments(
        self, item: pytest.Item, temporary: str, words: Sequence[str] = ("pytest",)
    ) -> list[str]:
        options = _options(self._told["arguments"], self._told["positional"])
        python = [sys.executable, *([] if self._is_in_path else ["-P"]), "-m", *words]
        path, _, name = item.nodeid.partition("::")
        test = os.path.join(self._config.rootpath, path) + (f"::{name}" if name else "")
        return [*python, *options, *self._overrides(temporary), test]

    def _overrides(self, temporary: str) -> list[str]:
        """What the fresh process must not share with this one."""
        option = self._config.option
        found = [f"--basetemp={temporary}/tmp", f"--override-ini=cache_dir={temporary}/cache"]
        found += ["-n0"] if hasattr(option, "numprocesses") else []
        found += ["--no-cov"] if hasattr(option, "no_cov") else []
        for name, words in (("xmlpath", "--junit-xml"), ("report_log", "--report-log")):
            if getattr(option, name, None):
                found.append(f"{words}={temporary}/{name}")
        return found


def told_of(config: pytest.Config) -> dict[str, Any]:
    """Return how this run was started: a worker of pytest-xdist hears it from its controller."""
    known = getattr(config, "workerinput", {}).get("swifttrace")
    if known is not None:
        return {name: known[name] for name in ("arguments", "positional")}
    positional = getattr(config.option, "file_or_dir", None) or []
    return {
        "arguments": list(map(str, config.invocation_params.args)),
        "positional": list(map(str, positional)),
    }


def _options(arguments: list[str], positional: list[str]) -> list[str]:
    """The arguments without the tests, and without what is for people or for ourselves."""
    left = list(arguments)
    for name in positional:
        if name in left:
            del left[len(left) - 1 - left[::-1].index(name)]
    kept, is_dropped = [], False
    for word in left:
        is_value = is_dropped and not word.startswith("-")
        is_dropped = word.startswith(_DROPPED) and "=" not in word
        if not (is_value or word.startswith(_DROPPED) or word == "--"):
            kept.append(word)
    return kept


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
            found.passed = last_part(os.path.join(folder, "trace"), root)
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
