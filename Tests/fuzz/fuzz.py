"""The command: so many programs in this Python, from so many seeds."""

from __future__ import annotations

import argparse
import collections
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import NoReturn

from asking import Worker, run_apart
from details import DETAILS
from exit_runs import run_exits
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Flaky
from programs import DEFINITIONS, programs

BATCH = 500
# Of how many programs one is run in processes of its own too.
APART = 20
KEPT = Path(tempfile.gettempdir()) / f"fuzz-{os.getpid()}.jsonl"


class Differs(AssertionError):
    """The program is printed by hypothesis, smaller than it was found."""


class Checker:
    """Asks the worker about each program, and counts."""

    def __init__(self, python: str, directory: Path, apart: int, details: str = "lines") -> None:
        self.worker = Worker(python, directory, details)
        self.apart = apart
        self.counts: collections.Counter[str] = collections.Counter()
        self.seen: set[int] = set()
        self.first: str | None = None
        """What differed first, before hypothesis looked for something smaller."""

    def check(self, source: str) -> None:
        """Raise `Differs` where something does."""
        answer = self.worker.ask(source)
        self.counts["programs"] += 1
        self.counts["lines"] += answer["lines"]
        self.seen.add(hash(source))
        differs = answer["differs"]
        if not differs and self.apart and self.counts["programs"] % self.apart == 0:
            self.counts["apart"] += 1
            worker = self.worker
            differs = run_apart(worker.python, worker.directory, source, worker.details)
        if differs:
            self.fail(f"{differs}\n{shown(source)}")

    def fail(self, message: str) -> NoReturn:
        """Keep what the worker had run until then: it may depend on that."""
        if self.first is None:
            self.first = message
            KEPT.write_text("\n".join(self.worker.history), encoding="utf-8")
        raise Differs("\n" + message)

    def run(self, count: int, start: int | None) -> None:
        """Check so many programs; from a seed, or the same ones each time."""

        @settings(
            max_examples=count,
            database=None,
            deadline=None,
            derandomize=start is None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        @given(programs())
        def check(source: str) -> None:
            self.check(source)

        (check if start is None else seed(start)(check))()

    def said(self) -> str:
        """Return the counts, for people."""
        counts = self.counts
        return (
            f"{counts['programs']} programs, {len(self.seen)} of them different,"
            f" {counts['lines']} lines compared, {counts['apart']} run by the command too"
        )


def shown(source: str) -> str:
    """Return what of the program is its own."""
    before = "\n".join(DEFINITIONS)
    return (
        f"--- after programs.DEFINITIONS ({len(DEFINITIONS)} lines):{source.removeprefix(before)}"
    )


def main() -> None:
    """Run it. The exit status is 1 where a program is traced or ends otherwise."""
    options = read_options()
    if options.exits:
        sys.exit(run_exits(sys.executable, options.programs, options.seed))
    if options.replay:
        return replay(options.replay, options.details)
    first = options.seed if options.seed is not None else int(time.time())
    with tempfile.TemporaryDirectory(prefix="fuzz-") as directory:
        checker = Checker(sys.executable, Path(directory), options.apart, options.details)
        failed = False
        while checker.counts["programs"] < options.programs and not failed:
            failed = not passed(checker, min(BATCH, options.programs), first)
            first += 1
        checker.worker.end()
    version = "{}.{}.{}".format(*sys.version_info)
    print(f"{version}: {checker.said()}" + (f", FAILED with seed {first - 1}" * failed))
    sys.exit(failed)


def passed(checker: Checker, count: int, start: int) -> bool:
    """Run one batch."""
    try:
        checker.run(count, start)
    except Differs as error:
        print(f"seed {start}: {error}", file=sys.stderr)
    except Flaky:
        print(f"seed {start}, once, see {KEPT}:\n{checker.first}", file=sys.stderr)
    else:
        return True
    return False


def replay(file: Path, details: str) -> None:
    """Run again what a worker had run."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as directory:
        checker = Checker(sys.executable, Path(directory), 0, details)
        for line in file.read_text(encoding="utf-8").splitlines():
            checker.check(json.loads(line))
        checker.worker.end()
    print(checker.said())


def read_options() -> argparse.Namespace:
    """Read them from `sys.argv`."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz")
    parser.add_argument("--programs", type=int, default=10_000, help="how many (10,000)")
    parser.add_argument("--seed", type=int, help="of the first batch, to have it again")
    parser.add_argument(
        "--apart",
        type=int,
        default=APART,
        help=f"one of how many is run by the command too ({APART})",
    )
    parser.add_argument(
        "--exits",
        action="store_true",
        help="programs whose objects are finalized as the interpreter ends, each with one of"
        " the options that show more; seeds from --seed (0) on",
    )
    parser.add_argument(
        "--details", choices=DETAILS, default="lines", help="what is shown besides the lines (none)"
    )
    parser.add_argument("--replay", type=Path, metavar="FILE", help="of a failure: run it again")
    return parser.parse_args()


if __name__ == "__main__":
    main()
