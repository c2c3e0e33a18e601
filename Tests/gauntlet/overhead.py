"""What the last lines of tests that fail cost: a suite's time with them and without."""

from __future__ import annotations

import resource
import statistics
from collections.abc import Callable

from package_runs import WAYS, WITHOUT
from runs import Run

Runner = Callable[[tuple[str, ...]], Run]
WAY = WAYS["last 50 lines"]


class Overhead:
    """Of one package's tests in one Python."""

    def __init__(self, name: str, version: str) -> None:
        self.name = name
        self.version = version
        self.without: list[tuple[float, float]] = []
        self.traced: list[tuple[float, float]] = []
        """Of each run its seconds, and those of them that a processor worked for it."""

    def measure(self, run: Runner, rounds: int) -> None:
        """Run the tests in turns, once more before that: caches are to be warm."""
        run(WAY)
        for _ in range(rounds):
            self.without.append(timed(run, WITHOUT))
            self.traced.append(timed(run, WAY))

    @property
    def seconds(self) -> float:
        """The median of the runs without."""
        return medians(self.without)[0]

    @property
    def ratios(self) -> tuple[float, float]:
        """Of the medians; the second one is not disturbed by what else the machine does."""
        pairs = zip(medians(self.traced), medians(self.without))
        elapsed, worked = (traced / without for traced, without in pairs)
        return elapsed, worked

    def __str__(self) -> str:
        return f"{self.version} {self.name}: {_listed(self.without)} and {_listed(self.traced)} s"


def timed(run: Runner, options: tuple[str, ...]) -> tuple[float, float]:
    """Run the tests; return the seconds, and those that a processor worked for them."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = run(options).seconds
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def medians(runs: list[tuple[float, float]]) -> list[float]:
    """Return that of the first numbers and that of the second ones."""
    return [statistics.median(numbers) for numbers in zip(*runs)]


def _listed(runs: list[tuple[float, float]]) -> str:
    return " ".join(f"{elapsed:.2f} ({worked:.2f})" for elapsed, worked in runs)


def table(measured: list[Overhead]) -> str:
    """Return packages by Pythons in Markdown: ratios, and the seconds without."""
    versions = list(dict.fromkeys(each.version for each in measured))
    cells = {(each.name, each.version): _cell(each) for each in measured}
    rows = [["", *versions], ["---", *["---:"] * len(versions)]]
    for name in dict.fromkeys(each.name for each in measured):
        rows.append([name, *(cells[name, version] for version in versions)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _cell(each: Overhead) -> str:
    return "{:.2f} (processor {:.2f})".format(*each.ratios) + f" of {each.seconds:.1f} s"
