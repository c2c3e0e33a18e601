"""Runs the contestants against each other, round after round, and takes medians."""

import json
import os
import statistics

from contestants import EMPTY_HOOK, IN_SCOPE, OUT_OF_SCOPE
from environments import ROOT, SetupError, run, say

MEASURE = os.path.join(ROOT, "benchmarks", "measure.py")
TABLES = {"in-scope": IN_SCOPE, "out-of-scope": OUT_OF_SCOPE}


class Size:
    """How much is measured."""

    def __init__(self, rounds, loop_turns, library_turns):
        self.rounds = rounds
        self.turns = {"in-scope": loop_turns, "out-of-scope": library_turns}


FULL = Size(rounds=7, loop_turns=100_000, library_turns=150)
QUICK = Size(rounds=3, loop_turns=20_000, library_turns=40)


class Race:
    """The contestants of one table on one Python, and their samples."""

    def __init__(self, kind, environment):
        self.kind = kind
        self.environment = environment
        self.samples = {name: [] for name in TABLES[kind]}
        self.missing = {
            name: why for name in self.samples if (why := self._why_missing(name)) is not None
        }

    def _why_missing(self, name):
        contestant = TABLES[self.kind][name]
        if self.environment.numbers < contestant.since:
            return ""
        return self.environment.missing.get(contestant.needs)

    def run_round(self, number, size, scratch):
        """Run every contestant once, every other round backwards.

        So a machine that grows slower meanwhile is as unfair to one as to the other.
        """
        order = list(self.samples)
        for name in order if number % 2 == 0 else reversed(order):
            if name not in self.missing:
                self._run(name, size.turns[self.kind], scratch)

    def _run(self, name, turns, scratch):
        turns = int(turns * TABLES[self.kind][name].share) // 2 * 2
        try:
            self.samples[name].append(measure(self.environment, self.kind, name, turns, scratch))
        except SetupError as error:
            self.missing[name] = str(error)

    def figures(self):
        """For each contestant: ns of both clocks, and the ratio that the table shows."""
        figures = {
            name: self._figure(samples)
            for name, samples in self.samples.items()
            if name not in self.missing
        }
        if self.kind == "in-scope":
            hook = figures.get(EMPTY_HOOK)
            for figure in figures.values():
                figure["ratio"] = figure["above"] / hook["above"] if hook else None
        return figures

    @staticmethod
    def _figure(samples):
        ratios = [each["traced"]["cpu"] / (each["untraced"]["cpu"] or 1) for each in samples]
        return {
            "untraced": median_of(samples, "untraced", "cpu"),
            "above": median_above(samples, "cpu"),
            "above, wall": median_above(samples, "wall"),
            "ratio": statistics.median(ratios),
            "samples": samples,
        }


def median_of(samples, part, clock):
    return statistics.median(sample[part][clock] for sample in samples)


def median_above(samples, clock):
    return statistics.median(
        sample["traced"][clock] - sample["untraced"][clock] for sample in samples
    )


def measure(environment, kind, name, turns, scratch, under=()):
    """Run measure.py in a process of its own; return what it says."""
    output = os.path.join(scratch, "trace.out")
    command = [*under, environment.python, MEASURE, kind, name, str(turns), output]
    return json.loads(run(command))


def run_races(environments, size, scratch):
    """Return the races, all rounds run. The Pythons alternate as well."""
    races = [Race(kind, each) for kind in TABLES for each in environments]
    for number in range(size.rounds):
        say(f"round {number + 1} of {size.rounds}")
        for race in races:
            race.run_round(number, size, scratch)
    return races
