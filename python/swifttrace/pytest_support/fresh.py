"""A fresh process for one test: how it is started, and what it does not share with this run."""

from __future__ import annotations

import json
import os
import sys

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    import pytest

VARIABLE = "SWIFTTRACE_PYTEST_AGAIN"
"""What tells the fresh process what it is for; it has it while no test runs."""
MARKER = "swifttrace_once"
TIMEOUT = 60
MOST = 10
"""So many tests of a process are run again; one that fails after them is not."""
_OF_WORKERS = "PYTEST_XDIST_"
_OF_THE_RUN = "SWIFTTRACE_PYTEST"
_DROPPED = ("--pdb", "--trace", "--swifttrace")


def refusal(item: pytest.Item, left: int) -> str:
    """Return why a test is not run again, where so many more may be; nothing if it is."""
    if item.get_closest_marker(MARKER) is not None:
        return f"its marker {MARKER} says that it must not run again"
    return "" if left else f"only the first {MOST} tests that fail are run again"


class Fresh:
    """How one test is run in a process of its own."""

    def __init__(self, config: pytest.Config, told: dict[str, Any]) -> None:
        self._config, self._told = config, told
        self.directory = str(config.invocation_params.dir)
        self._environment = {
            name: value for name, value in os.environ.items() if not name.startswith(_OF_WORKERS)
        }
        self._is_in_path = bool({"", os.getcwd()} & {*sys.path})

    def environment(self, folder: str | None) -> dict[str, str]:
        """Return the variables.

        :param folder: where the process is to leave its trace and report; empty: it is to do
            nothing for us; None: it is told nothing, as `swifttrace` itself traces it.
        """
        kept = {name: value for name, value in self._environment.items() if name != _OF_THE_RUN}
        return kept if folder is None else {**kept, VARIABLE: json.dumps([self._told, folder])}

    def arguments(
        self, item: pytest.Item, temporary: str, words: Sequence[str] = ("pytest",)
    ) -> list[str]:
        """Return what is executed; its own files are in a temporary folder.

        :param words: the module that is run, and its first arguments.
        """
        python = [sys.executable, *([] if self._is_in_path else ["-P"]), "-m", *words]
        test = _test(item, str(self._config.rootpath))
        return [*python, *self._options(), *self._overrides(temporary), test]

    def shown(self, item: pytest.Item) -> list[str]:
        """Return the command as a person writes it."""
        python = ["python", "-m", "pytest"] if self._is_in_path else ["pytest"]
        root = os.path.relpath(self._config.rootpath, self.directory)
        return [*python, *self._options(), *self._seed(), _test(item, root)]

    def _overrides(self, temporary: str) -> list[str]:
        """Return what the fresh process must not share with this one."""
        option = self._config.option
        found = [f"--basetemp={temporary}/tmp", f"--override-ini=cache_dir={temporary}/cache"]
        found += ["-n0"] if hasattr(option, "numprocesses") else []
        found += ["--no-cov"] if hasattr(option, "no_cov") else []
        for name, words in (("xmlpath", "--junit-xml"), ("report_log", "--report-log")):
            if getattr(option, name, None):
                found.append(f"{words}={temporary}/{name}")
        return [*found, *self._seed()]

    def _seed(self) -> list[str]:
        """Return what has pytest-randomly give the test the random numbers of this run."""
        seed = getattr(self._config.option, "randomly_seed", None)
        return [f"--randomly-seed={seed}"] if isinstance(seed, int) else []

    def _options(self) -> list[str]:
        """Return the arguments without the tests, and without those for people or for us."""
        left = list(self._told["arguments"])
        for name in self._told["positional"]:
            if name in left:
                del left[len(left) - 1 - left[::-1].index(name)]
        kept, is_dropped = [], False
        for word in left:
            is_value = is_dropped and not word.startswith("-")
            is_dropped = word.startswith(_DROPPED) and "=" not in word
            if not (is_value or word.startswith(_DROPPED) or word == "--"):
                kept.append(word)
        return kept


def _test(item: pytest.Item, root: str) -> str:
    path, _, name = item.nodeid.partition("::")
    return os.path.normpath(os.path.join(root, path)) + (f"::{name}" if name else "")


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
