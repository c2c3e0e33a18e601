"""Compares a module's run with the trace on with the one without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from explanations import Explanation
from modules import Module
from outcomes import WHOLE, Outcomes
from runs import Run

Runner = Callable[[bool], Run]


class Difference:
    """A test whose outcome is another one with the trace on."""

    def __init__(self, test: str, untraced: str, traced: str) -> None:
        self.test = test
        self.untraced = untraced
        self.traced = traced
        self.explanation: Explanation | None = None
        self.is_steady = True
        """Whether it was there in two traced runs out of two."""

    @property
    def is_open(self) -> bool:
        """Whether somebody has to look at it."""
        return self.is_steady and self.explanation is None


class Comparison:
    """One module in one Python. Runs it once more each way where something differs."""

    def __init__(self, module: Module, version: str, explanations: list[Explanation]) -> None:
        self.module = module
        self.version = version
        self.explanations = explanations
        self.tests = 0
        self.lines = 0
        self.seconds = (0.0, 0.0)
        self.differences: list[Difference] = []

    def run(self, runner: Runner) -> None:
        """`runner` runs the module, with the trace on or not."""
        untraced, traced = runner(False), runner(True)
        self.tests = untraced.outcomes.count
        self.lines = traced.lines
        self.seconds = (untraced.seconds, traced.seconds)
        self.differences = self._between(untraced.outcomes, traced.outcomes)
        if self.open:
            self._run_again(runner)

    def _run_again(self, runner: Runner) -> None:
        """What differs untraced as well is no difference; what is gone is not steady."""
        untraced, traced = runner(False).outcomes, runner(True).outcomes
        again = {(d.test, d.traced) for d in self._between(untraced, traced)}
        if untraced.is_complete:
            self.differences = [d for d in self.differences if not untraced.has(d.test, d.traced)]
        for difference in self.differences:
            difference.is_steady = (difference.test, difference.traced) in again

    def _between(self, untraced: Outcomes, traced: Outcomes) -> list[Difference]:
        found = [Difference(*each) for each in differing(untraced, traced)]
        for difference in found:
            difference.explanation = self._explanation(difference)
        return found

    def _explanation(self, difference: Difference) -> Explanation | None:
        for each in self.explanations:
            if each.covers(self.module.name, self.version, difference.test, difference.traced):
                return each
        return None

    @property
    def open(self) -> list[Difference]:
        return [each for each in self.differences if each.is_open]

    @property
    def unneeded(self) -> list[Explanation]:
        """Return the explanations of what has not happened."""
        used = [each.explanation for each in self.differences]
        name, version = self.module.name, self.version
        return [e for e in self.explanations if e.concerns(name, version) and e not in used]


def differing(untraced: Outcomes, traced: Outcomes) -> list[tuple[str, str, str]]:
    """Return (test, outcome without the trace, outcome with it) where they differ."""
    if not untraced.is_complete:
        return [(WHOLE, "nothing to compare with: " + untraced.of_module, traced.of_module)]
    if not traced.is_complete:
        return [(WHOLE, untraced.of_module, traced.of_module)]
    names = sorted({*untraced.by_name, *traced.by_name} - {WHOLE})
    found = [(name, untraced.of(name), traced.of(name)) for name in names]
    found = [each for each in found if each[1] != each[2]]
    # That a module fails whose tests fail is no difference of its own.
    if untraced.of_module != traced.of_module and not (found and traced.of_module == "failure"):
        found.append((WHOLE, untraced.of_module, traced.of_module))
    return found


def keep_output(directory: Path, run: Run, version: str, module: Module, traced: bool) -> None:
    """Write what the run has printed to a file whose name says of which it is."""
    name = f"{version}-{module.name}-{'traced' if traced else 'untraced'}.txt"
    (directory / name).write_text(run.output, encoding="utf-8")
