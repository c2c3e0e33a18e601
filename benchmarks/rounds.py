"""Runs the contestants against each other, round after round, and takes medians."""

import json
import os
import statistics
from concurrent.futures import ThreadPoolExecutor

import instructions
import long_run
import start_up
from contestants import EMPTY_HOOK, SECTIONS
from environments import ROOT, SetupError, run, say
from work import turns_of

MEASURE = os.path.join(ROOT, "benchmarks", "measure.py")


class Size:
    """How much is measured."""

    def __init__(self, rounds, share, starts, lines):
        self.rounds = rounds
        self.share = share
        """Of the turns of each work."""
        self.starts = starts
        self.lines = lines

    def turns(self, work, share=1):
        """Even, as the loop wants it."""
        return max(round(turns_of(work) * self.share * share) // 2 * 2, 2)


FULL = Size(rounds=7, share=1, starts=21, lines=long_run.LINES)
QUICK = Size(rounds=3, share=0.2, starts=7, lines=long_run.QUICK_LINES)
LONG_ROUNDS = 5
ALL_ROUNDS = slice(None)


class Samples:
    """What several contestants on one Python have measured so far."""

    def __init__(self, environment, contestants):
        self.environment = environment
        self.contestants = contestants
        self.samples = {name: [] for name in contestants}
        self.missing = {
            name: why for name in contestants if (why := self._why_missing(name)) is not None
        }

    def _why_missing(self, name):
        contestant = self.contestants[name]
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
                self._run(name, size, scratch)

    def _run(self, name, size, scratch):
        try:
            self.samples[name].append(self.measure(name, size, scratch))
        except SetupError as error:
            self.missing[name] = str(error)

    @property
    def rounds(self):
        """How many there are of every contestant that can be measured."""
        return min((len(samples) for samples in self.measured().values()), default=0)

    def measured(self, rounds=ALL_ROUNDS):
        return {
            name: samples[rounds]
            for name, samples in self.samples.items()
            if name not in self.missing
        }


class Race(Samples):
    """The contestants of one section at one work."""

    def __init__(self, key, work, environment):
        self.key = key
        self.section = SECTIONS[key]
        self.work = work
        self.counts = {}
        super().__init__(environment, self.section.contestants)

    def measure(self, name, size, scratch):
        contestant = self.contestants[name]
        turns = size.turns(self.work, contestant.share)
        lines = 0 if self.section.is_whole else self.lines(turns, contestant.everything)
        return measure(self.environment, scratch, self.key, self.work, name, turns, lines)

    def lines(self, turns, everything):
        """How many lines so many turns run: counted for two and four, and even from there."""
        if everything not in self.counts:
            which = "everything" if everything else "own"
            self.counts[everything] = [
                measure(self.environment, None, "count", self.work, each, which) for each in (2, 4)
            ]
        few, more = self.counts[everything]
        return few + (more - few) * (turns - 2) // 2

    def figures(self, rounds=ALL_ROUNDS):
        """For each contestant: ns of both clocks, x untraced, x the empty hook."""
        figures = {name: figure(samples) for name, samples in self.measured(rounds).items()}
        hook = figures.get(EMPTY_HOOK)
        for each in figures.values():
            each["x hook"] = each["above"] / hook["above"] if hook else None
        return figures


class StartUp(Samples):
    """How long the interpreter takes with each way to trace a program of one line."""

    key = start_up.KEY

    def __init__(self, environment):
        super().__init__(environment, start_up.CONTESTANTS)

    def measure(self, name, size, scratch):
        return start_up.measure(self.environment, name, scratch)

    def figures(self, rounds=ALL_ROUNDS):
        """In ms, above the untraced one of the same round."""
        untraced = self.samples[start_up.UNTRACED][rounds]
        return {
            name: {
                "total": statistics.median(samples),
                "above": statistics.median(map(float.__sub__, samples, untraced)),
                "samples": samples,
            }
            for name, samples in self.measured(rounds).items()
        }


class LongRun(Samples):
    """A run of a hundred million lines."""

    key = long_run.KEY

    def __init__(self, environment):
        super().__init__(environment, long_run.CONTESTANTS)

    def measure(self, name, size, scratch):
        output = os.path.join(scratch, "trace.out")
        return measure(self.environment, None, "long", name, output, *size.lines)

    def figures(self, rounds=ALL_ROUNDS):
        """For each contestant: ns a line at each size, and kB above the untraced."""
        measured = self.measured(rounds)
        untraced = statistics.median(each["peak"] for each in measured[long_run.UNTRACED])
        return {name: long_figure(samples, untraced) for name, samples in measured.items()}


class Instructions(Samples):
    """What callgrind counts: the same on a machine that others use, too."""

    key = instructions.KEY

    def __init__(self, environment):
        super().__init__(environment, instructions.CONTESTANTS)

    def run_round(self, number, size, scratch):
        """Run every contestant once, as many at a time as there are processors."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            wanted = [name for name in self.samples if name not in self.missing]
            list(pool.map(lambda name: self._run(name, size, scratch), wanted))

    def measure(self, name, size, scratch):
        return instructions.counted(self.environment, name, scratch)

    def figures(self, rounds=ALL_ROUNDS):
        """For each contestant: instructions a line above the untraced one."""
        counts = {name: each[0] for name, each in self.measured(rounds).items()}
        return instructions.figures(counts)


# -- figures -----------------------------------------------------------------------


def figure(samples):
    ratios = [each["traced"]["cpu"] / (each["untraced"]["cpu"] or 1) for each in samples]
    return {
        "untraced": statistics.median(each["untraced"]["cpu"] for each in samples),
        "above": median_above(samples, "cpu"),
        "above, wall": median_above(samples, "wall"),
        "x untraced": statistics.median(ratios),
        "samples": samples,
    }


def median_above(samples, clock):
    return statistics.median(
        sample["traced"][clock] - sample["untraced"][clock] for sample in samples
    )


def long_figure(samples, untraced_peak):
    sizes = zip(*(sample["lines"] for sample in samples))
    return {
        "above": {size[0]["lines"]: median_above(size, "cpu") for size in sizes},
        "peak": statistics.median(each["peak"] for each in samples),
        "peak above": statistics.median(each["peak"] for each in samples) - untraced_peak,
        "samples": samples,
    }


# -- running -----------------------------------------------------------------------


def measure(environment, scratch, mode, *arguments, under=()):
    """Run measure.py in a process of its own; return what it says."""
    output = [] if scratch is None else [os.path.join(scratch, "trace.out")]
    command = [*under, environment.python, MEASURE, mode, *map(str, arguments), *output]
    return json.loads(run(command))


def run_all(environments, wanted, size, scratch):
    """Return what the wanted sections have measured. The Pythons alternate as well."""
    sections = {key: section for key, section in SECTIONS.items() if key in wanted}
    races = [
        Race(key, work, each)
        for key, section in sections.items()
        for work in section.works
        for each in environments
    ]
    starts = [StartUp(each) for each in environments if StartUp.key in wanted]
    longs = [LongRun(each) for each in environments if LongRun.key in wanted]
    counts = [Instructions(each) for each in environments if Instructions.key in wanted]
    run_rounds(races, size.rounds, size, scratch)
    run_rounds(starts, size.starts, size, scratch)
    run_rounds(longs, LONG_ROUNDS, size, scratch)
    run_rounds(counts, 1, size, scratch)
    return [*races, *starts, *longs, *counts]


def run_rounds(contests, count, size, scratch):
    for number in range(count if contests else 0):
        say(f"round {number + 1} of {count}: {', '.join({each.key: None for each in contests})}")
        for contest in contests:
            contest.run_round(number, size, scratch)
