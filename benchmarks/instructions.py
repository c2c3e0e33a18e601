"""Counts machine instructions with callgrind: a figure that has no noise."""

import os
import re
import shutil
import tempfile

from contestants import EMPTY_HOOK, LOOP, UNTRACED
from environments import ROOT, SetupError, run
from long_run import LINES_IN_TWO_TURNS

KEY = "instructions"
COUNTED = (
    UNTRACED,
    EMPTY_HOOK,
    "ring",
    "recording",
    "file 2",
    "values",
)
CONTESTANTS = {name: LOOP[name] for name in COUNTED}
FEW, MANY = 2_000, 12_000
MEASURE = os.path.join(ROOT, "benchmarks", "measure.py")


def counted(environment, name, scratch):
    """Return the instructions of a line.

    The difference of a long and a short run: start-up and warm-up fall out of it.
    """
    if shutil.which("valgrind") is None:
        raise SetupError("valgrind is not here")
    once(environment, name, FEW, os.path.join(scratch, name))  # What it imports is compiled now.
    few = counted_in_run(environment, name, FEW, scratch)
    many = counted_in_run(environment, name, MANY, scratch)
    return (many - few) / (MANY - FEW) * 2 / LINES_IN_TWO_TURNS


def counted_in_run(environment, name, turns, scratch):
    """Return the instructions of a run."""
    with tempfile.TemporaryDirectory(dir=scratch) as directory:
        counts, output = (os.path.join(directory, each) for each in ("counts", "trace.out"))
        valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=" + counts]
        once(environment, name, turns, output, under=valgrind)
        with open(counts) as file:
            found = re.search(r"^(?:totals|summary): (\d+)", file.read(), re.MULTILINE)
    if found is None:
        raise SetupError("callgrind counted nothing")
    return int(found[1])


def once(environment, name, turns, output, under=()):
    run([*under, environment.python, MEASURE, "once", name, str(turns), output])


def figures(counts):
    """Return for each contestant what a line takes above the untraced one."""
    return {name: {"above": count - counts[UNTRACED]} for name, count in counts.items()}
