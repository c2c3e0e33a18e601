"""What swifttrace has to reach, and whether it did."""

from contestants import HAS_MONITORING, IN_SCOPE, OUT_OF_SCOPE

LINE_BOUND = 1.5
OUT_OF_SCOPE_BOUND = 1.05
BOUND_TO = {"in-scope": ("file 2", "file 3"), "out-of-scope": ("file 1", "file 2")}
LABELS = {"in-scope": IN_SCOPE, "out-of-scope": OUT_OF_SCOPE}


class Verdict:
    """One bound on one Python."""

    def __init__(self, race, name, ratio):
        self.version = race.environment.version
        self.what = LABELS[race.kind][name].label
        in_scope = race.kind == "in-scope"
        self.bound = LINE_BOUND if in_scope else OUT_OF_SCOPE_BOUND
        self.unit = "x empty hook" if in_scope else "x untraced, out of scope"
        self.ratio = ratio

    @property
    def is_reached(self):
        return self.ratio <= self.bound

    def as_json(self):
        return vars(self) | {"is_reached": self.is_reached}

    def __str__(self):
        word = "OK" if self.is_reached else "MISSED"
        return (
            f"{self.version:6}{self.what:32}"
            f"{self.ratio:6.3f} {self.unit:25} <= {self.bound:<6}{word}"
        )


def verdicts(races):
    return [verdict for race in races for verdict in verdicts_on(race)]


def verdicts_on(race):
    # 3.11 has no sys.monitoring: code out of scope cannot be left alone there.
    if race.kind == "out-of-scope" and race.environment.numbers < HAS_MONITORING:
        return []
    figures = race.figures()
    return [
        Verdict(race, name, figures[name]["ratio"])
        for name in BOUND_TO[race.kind]
        if name in figures and figures[name]["ratio"] is not None
    ]
