"""Runs the tests of one package in one Python, with our plugin or without."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections import Counter
from pathlib import Path

from outcomes import WHOLE, plain
from packages import Package, copy
from runs import TRACE, Run, ended, environment, lines_of, remove

WITHOUT = ("-pno:swifttrace",)
"""What is compared with."""
WAYS = {
    "last 50 lines": ("--swifttrace-on-failure=50",),
    "level 3": ("--swifttrace=3", f"--swifttrace-output={{directory}}/{TRACE}"),
}
"""By their names in the table, the options of the runs that are compared."""
_HERE = Path(__file__).parent
_ALWAYS = ("-q", "-pno:cacheprovider", "-precorder")
_SEED = "--hypothesis-seed=0"
RESULTS = "results.json"


class PackageOutcomes:
    """What came of each test by its name, as `Outcomes` has it of CPython's."""

    def __init__(self, results: Path, status: int | None) -> None:
        self.of_module = "time limit" if status is None else f"exit status {status}"
        # 0 and 1 are the ends of a run whose tests were all run.
        self.is_complete = results.exists() and status in (0, 1)
        """Whether there is something to compare with."""
        self.by_name: dict[str, str] = {WHOLE: self.of_module}
        if results.exists():
            # Names may have the directory in them, which is another one each time.
            text = results.read_text(encoding="utf-8").replace(str(results.parent), "")
            found = json.loads(text)
            self.by_name |= {plain(name): _together(each) for name, each in found.items()}

    @property
    def count(self) -> int:
        return len(self.by_name) - 1

    @property
    def summary(self) -> str:
        """How many there are of each kind."""
        found = Counter(each if " and " not in each else "with several" for each in self._each())
        return ", ".join(f"{count} {outcome}" for outcome, count in sorted(found.items()))

    def _each(self) -> list[str]:
        return [outcome for name, outcome in self.by_name.items() if name != WHOLE]

    def of(self, name: str) -> str:
        """Return the test's outcome, "missing" where there was no such test."""
        return self.by_name.get(name, "missing")

    def has(self, name: str, outcome: str) -> bool:
        """Whether that came of the test."""
        return self.of(name) == outcome


def _together(outcomes: list[str]) -> str:
    """Return those of one test: its sub-tests have outcomes of their own."""
    if len(outcomes) == 1:
        return outcomes[0]
    return " and ".join(f"{count} {each}" for each, count in Counter(outcomes).items())


class PackageRunner:
    """Runs one package's tests in one Python."""

    def __init__(self, python: str, package: Package, source: Path, limit: float) -> None:
        self.python = python
        self.package = package
        self.source = source
        self.limit = limit

    def run(self, options: tuple[str, ...]) -> Run:
        """Run them in a directory of their own, which is gone afterwards."""
        directory = tempfile.mkdtemp(prefix="gauntlet-")
        try:
            return self._run_in(Path(directory), options)
        finally:
            remove(directory)

    def _run_in(self, directory: Path, options: tuple[str, ...]) -> Run:
        work = directory / "work"
        work.mkdir()
        project = copy(self.source, directory / self.package.name)
        variables = environment(work) | self._variables(directory, project)
        start = time.monotonic()
        status, output = ended(
            self._command(directory, options), project, variables, directory, self.limit
        )
        seconds = time.monotonic() - start
        text = output.decode("utf-8", "backslashreplace")
        outcomes = PackageOutcomes(directory / RESULTS, status)
        return Run(outcomes, text, lines_of(directory), seconds)

    def _command(self, directory: Path, options: tuple[str, ...]) -> list[str]:
        ours = [option.format(directory=directory) for option in options]
        seed = [_SEED] if "hypothesis" in self.package.needs else []
        theirs = self.package.arguments
        return [self.python, "-m", "pytest", *_ALWAYS, *seed, *theirs, *ours]

    def _variables(self, directory: Path, project: Path) -> dict[str, str]:
        # The modules of the sdist, not those that are installed: they are the project.
        path = os.pathsep.join(map(str, (project / self.package.source, _HERE)))
        return {
            "PYTHONPATH": path,
            "PYTHONDONTWRITEBYTECODE": "1",
            "GAUNTLET_RESULTS": str(directory / RESULTS),
            "HYPOTHESIS_STORAGE_DIRECTORY": str(directory / "hypothesis"),
        }
