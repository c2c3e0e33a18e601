"""Counts machine instructions with callgrind: a figure that has no noise."""

import os
import re
import shutil

from contestants import EMPTY_HOOK, LOOP, UNTRACED
from environments import SetupError, say
from rounds import measure

COUNTED = (UNTRACED, EMPTY_HOOK, "empty slot", "ring", "file 2")
FEW, MANY = 2_000, 12_000


def count(environment, scratch):
    """Return instructions a line for each contestant, or why there are none."""
    if shutil.which("valgrind") is None:
        return {}, "valgrind is not here"
    say(f"callgrind on {environment.version}")
    try:
        return {
            name: instructions_per_line(environment, name, scratch)
            for name in COUNTED
            if environment.numbers >= LOOP[name].since
            and LOOP[name].needs not in environment.missing
        }, None
    except SetupError as error:
        return {}, str(error)


def instructions_per_line(environment, name, scratch):
    """The difference of a long and a short run: start-up and warm-up fall out of it."""
    few = instructions(environment, name, FEW, scratch)
    many = instructions(environment, name, MANY, scratch)
    return (many[0] - few[0]) / (many[1] - few[1])


def instructions(environment, name, turns, scratch):
    """Return the instructions of a run and its lines."""
    counts = os.path.join(scratch, "callgrind.out")
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=" + counts]
    lines = measure(environment, scratch, "once", name, turns, under=valgrind)
    with open(counts) as file:
        found = re.search(r"^(?:totals|summary): (\d+)", file.read(), re.MULTILINE)
    if found is None:
        raise SetupError("callgrind counted nothing")
    return int(found[1]), lines
