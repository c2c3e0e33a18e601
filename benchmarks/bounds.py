"""What swifttrace has to reach, and whether it did."""

import statistics

import instructions
import long_run
import start_up
from contestant import HAS_MONITORING, OLDEST
from contestants import EMPTY_HOOK


class Demand:
    """A bound on one figure.

    compute(figures) returns the figure from those of a section, and raises `KeyError`
    where one is not there. at_most, at_least: the bound for a version of Python; None
    where nothing is asked of it.
    """

    def __init__(self, what, section, compute, at_most=None, at_least=None):
        self.what = what
        self.section = section
        self.compute = compute
        self.at_most = at_most or nothing
        self.at_least = at_least or nothing


def nothing(numbers):
    return None


def everywhere(bound):
    return lambda numbers: bound


def from_312(bound, before=None):
    """One bound where there is sys.monitoring, another one on 3.11."""
    return lambda numbers: bound if numbers >= HAS_MONITORING else before


def on_311(bound):
    return lambda numbers: bound if numbers == OLDEST else None


# -- how the figures are computed --------------------------------------------------


def above(over, *under):
    """Ns a line of one, to the sum of others."""
    return lambda figures: figures[over]["above"] / sum(figures[name]["above"] for name in under)


def x_untraced(name):
    return lambda figures: figures[name]["x untraced"]


def start_up_above(figures):
    return figures["swifttrace"]["above"]


def growth(name):
    """A line of the longest run, to one of the shortest."""

    def compute(figures):
        by_size = figures[name]["above"]
        return by_size[max(by_size)] / by_size[min(by_size)]

    return compute


def peak_memory(name):
    return lambda figures: figures[name]["peak above"] / 1024


DEMANDS = [
    Demand(
        "a line into the ring, x empty hook",
        "loop",
        above("ring", EMPTY_HOOK),
        at_most=from_312(1.1, before=1.3),
    ),
    Demand(
        "a line recorded, x a line into the ring",
        "loop",
        above("recording", "ring"),
        at_most=everywhere(1.3),
    ),
    Demand(
        "a line recorded with --max-size, x a line into the ring",
        "loop",
        above("bounded", "ring"),
        at_most=everywhere(1.3),
    ),
    Demand(
        "a line folded into a recording, x a line into the ring",
        "loop",
        above("folded", "ring"),
        at_most=from_312(1.8, before=2.5),
    ),
    Demand(
        "a line to a file, x (empty hook + 40 bytes into a mapped file)",
        "loop",
        above("file 2", EMPTY_HOOK, "copy"),
        at_most=everywhere(1.3),
    ),
    Demand(
        "a line to stderr in a file, x (empty hook + one write)",
        "loop",
        above("stderr 2", EMPTY_HOOK, "write"),
        at_most=everywhere(1.2),
    ),
    Demand(
        "out-of-scope code at -x, x untraced",
        "library",
        x_untraced("file 1"),
        at_most=from_312(1.03, before=1.15),
    ),
    Demand(
        "out-of-scope code at -xx, x untraced",
        "library",
        x_untraced("file 2"),
        at_most=from_312(1.03, before=1.15),
    ),
    Demand(
        "hunter's CodePrinter, x ours to a file",
        "loop",
        above("hunter", "file 2"),
        at_least=everywhere(150),
    ),
    Demand(
        "python -m trace, x ours to a file",
        "loop",
        above("trace", "file 2"),
        at_least=everywhere(20),
    ),
    Demand(
        "ayrton's function, x ours to a file",
        "loop",
        above("ayrton", "file 2"),
        at_least=everywhere(15),
    ),
    Demand(
        "coverage.py's C tracer, x our ring",
        "loop",
        above("coverage C", "ring"),
        at_least=on_311(1.2),
    ),
    Demand(
        "PySnooper, x ours with --values",
        "loop",
        above("pysnooper", "values"),
        at_least=everywhere(10),
    ),
    Demand(
        "snoop, x ours with --values",
        "loop",
        above("snoop", "values"),
        at_least=everywhere(10),
    ),
    Demand(
        "a line of all code into the ring, x empty hook",
        "applications",
        above("ring", EMPTY_HOOK),
        at_most=everywhere(1.3),
    ),
    Demand(
        "instructions of a line into the ring, x empty hook",
        instructions.KEY,
        above("ring", EMPTY_HOOK),
        at_most=from_312(1.06, before=1.22),
    ),
    Demand(
        "instructions of a line recorded, x empty hook",
        instructions.KEY,
        above("recording", EMPTY_HOOK),
        at_most=from_312(1.12, before=1.31),
    ),
    Demand(
        "instructions of a line to a file, x empty hook",
        instructions.KEY,
        above("file 2", EMPTY_HOOK),
        at_most=from_312(1.23, before=1.28),
    ),
    Demand(
        "instructions of a line with --values, x empty hook",
        instructions.KEY,
        above("values", EMPTY_HOOK),
        at_most=from_312(14.5, before=8.4),
    ),
    Demand("start-up, ms more", start_up.KEY, start_up_above, at_most=everywhere(8)),
    Demand(
        "a line to a file, longest run x shortest",
        long_run.KEY,
        growth("file 3"),
        at_most=everywhere(1.1),
    ),
    Demand(
        "a line into the ring, longest run x shortest",
        long_run.KEY,
        growth("ring 3"),
        at_most=everywhere(1.1),
    ),
    Demand(
        "peak memory above untraced, MB", long_run.KEY, peak_memory("file 3"), at_most=everywhere(8)
    ),
]


class Verdict:
    """What became of one demand on one Python."""

    def __init__(self, demand, contest):
        numbers = contest.environment.numbers
        self.version = contest.environment.version
        self.what = ": ".join((demand.what, *works_of(contest)))
        self.at_most = demand.at_most(numbers)
        self.at_least = demand.at_least(numbers)
        self.figure = computed(demand, contest.figures())
        self.by_round = each_round(demand, contest)

    @property
    def is_asked(self):
        return self.at_most is not None or self.at_least is not None

    @property
    def bound(self):
        return f"at most {self.at_most}" if self.at_most else f"at least {self.at_least}"

    @property
    def word(self):
        if self.figure is None:
            return "not measured"
        if self._is_reached(self.figure):
            return "reached"
        return "MISSED" if self.is_missed else "missed within the noise"

    @property
    def is_missed(self):
        """Whether three quarters of the rounds have missed it, too: by more than the noise."""
        return self.figure is not None and not any(
            map(self._is_reached, (self.figure, *quartiles(self.by_round)))
        )

    def _is_reached(self, figure):
        if self.at_most is not None:
            return figure <= self.at_most
        return figure >= self.at_least

    def __str__(self):
        return f"{self.version}: {self.what}: {self.figure:.3f}, {self.bound}"

    def as_json(self):
        return vars(self) | {"word": self.word}


def works_of(contest):
    """Return the name of the contest's work, where its section has several."""
    section = getattr(contest, "section", None)
    return (contest.work,) if section is not None and len(section.works) > 1 else ()


def computed(demand, figures):
    """Return the demand's figure; None where what it takes was not measured."""
    try:
        return demand.compute(figures)
    except (KeyError, ValueError):
        return None


def each_round(demand, contest):
    """Return the figures of single rounds."""
    rounds = (slice(number, number + 1) for number in range(contest.rounds))
    figures = (computed(demand, contest.figures(each)) for each in rounds)
    return [each for each in figures if each is not None]


def quartiles(figures):
    """Return the first and the third one."""
    if len(figures) < 2:
        return ()
    first, _, third = statistics.quantiles(figures, n=4, method="inclusive")
    return first, third


def verdicts(contests):
    """One for each demand and each contest that it is of."""
    found = [
        Verdict(demand, contest)
        for demand in DEMANDS
        for contest in contests
        if contest.key == demand.section
    ]
    return [verdict for verdict in found if verdict.is_asked]


def unmeasured(contests):
    """What of the demands no contest is of."""
    keys = {contest.key for contest in contests}
    return [demand for demand in DEMANDS if demand.section not in keys]
