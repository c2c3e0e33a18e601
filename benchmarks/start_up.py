"""Start-up: a program of one line, alone and by each way to trace it."""

import os
import resource
import subprocess

from contestant import OLDEST
from environments import ROOT, SetupError, clean_variables

WORKLOADS = os.path.join(ROOT, "benchmarks", "workloads")
HELLO = [os.path.join(WORKLOADS, "hello.py")]
KEY = "start-up"
UNTRACED = "untraced"


class Start:
    """A command line: what follows `python`."""

    def __init__(self, label, *options, program=HELLO, needs=None, variables=None):
        self.label = label
        self.arguments = [*options, *program]
        self.needs = needs
        self.since = OLDEST
        self.variables = variables or {}


CONTESTANTS = {
    UNTRACED: Start("python hello.py"),
    "module": Start(
        "python -m hello", program=["-m", "hello"], variables={"PYTHONPATH": WORKLOADS}
    ),
    "swifttrace": Start("python -m swifttrace -xx", "-m", "swifttrace", "-xx"),
    "file": Start("python -m swifttrace -xx -o FILE", "-m", "swifttrace", "-xx", "-o", "trace.out"),
    "ring": Start(
        "python -m swifttrace -xx --last 100",
        *("-m", "swifttrace", "-xx", "--last", "100"),
        needs="ring",
    ),
    "environment": Start("SWIFTTRACE=2 python", variables={"SWIFTTRACE": "2"}),
    "trace": Start("python -m trace -t", "-m", "trace", "-t"),
}


def measure(environment, name, scratch):
    """Return the ms of CPU that it takes, in an environment without the peers."""
    contestant = CONTESTANTS[name]
    command = [environment.plain_python, *contestant.arguments]
    variables = clean_variables() | contestant.variables
    before = children_ms()
    ended = subprocess.run(command, env=variables, cwd=scratch, capture_output=True)
    took = children_ms() - before
    if ended.returncode != 0:
        raise SetupError(f"exit status {ended.returncode}")
    return took


def children_ms():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1e3
