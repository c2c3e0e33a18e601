"""A long run of a program that does everything, traced: its memory may not grow."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

WORK = Path(__file__).with_name("work.py")
RECORDED = Path(__file__).with_name("recorded.py")
CYCLE = 20_000_000
SMALLEST_CYCLE = 100_000
MEMORY = Path("/dev/shm")


class Sample(NamedTuple):
    """How it stood with the program after a cycle, counted from its start."""

    lines: int
    seconds: float
    resident: int
    """kB."""
    descriptors: int


class Soak:
    """A run of the program, cycle by cycle."""

    def __init__(self, work: Path, lines: int, minutes: float, is_traced: bool) -> None:
        self.work = work
        self.lines = lines
        self.minutes = minutes
        self.cycle = min(max(lines // 20, SMALLEST_CYCLE), CYCLE)
        self.options = [] if is_traced else ["--untraced"]
        self.samples: list[Sample] = []

    def run(self) -> int:
        """Run it until it has its lines or its time is over; return the exit status."""
        place = MEMORY if MEMORY.is_dir() else None
        with tempfile.TemporaryDirectory(dir=place) as directory:
            command = [sys.executable, "-W", "ignore", self.work, directory, str(self.cycle)]
            with subprocess.Popen(
                [*command, *self.options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            ) as program:
                self._follow(program)
            return program.returncode

    def _follow(self, program: subprocess.Popen[str]) -> None:
        assert program.stdin is not None
        assert program.stdout is not None
        start = time.monotonic()
        lines = 0
        for line in program.stdout:
            lines += int(line)
            seconds = time.monotonic() - start
            self.samples.append(sample(program.pid, lines, seconds))
            self._tell()
            if lines >= self.lines or seconds >= 60 * self.minutes:
                program.stdin.close()
                return
            program.stdin.write("\n")
            program.stdin.flush()

    def _tell(self) -> None:
        if sys.stderr.isatty():
            last = self.samples[-1]
            said = f"{last.lines:,} lines, {last.seconds:.0f} s, {last.resident:,} kB"
            print(f"\r{said}", end="", file=sys.stderr, flush=True)


def sample(pid: int, lines: int, seconds: float) -> Sample:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    resident = re.search(r"VmRSS:\s*(\d+) kB", status)
    assert resident is not None
    return Sample(lines, seconds, int(resident[1]), len(os.listdir(f"/proc/{pid}/fd")))


def after_warm_up(samples: list[Sample]) -> Sample:
    """Return the sample that growth is counted from: a quarter of them is warm-up."""
    return samples[len(samples) // 4]


def complaint(samples: list[Sample], bound: int) -> str | None:
    """Return what is wrong with a run, if anything is; `bound` in kB."""
    if len(samples) < 4:
        return f"only {len(samples)} cycles, too few to say anything"
    first, last = after_warm_up(samples), samples[-1]
    if last.resident - first.resident > bound:
        return f"its memory has grown by {last.resident - first.resident:,} kB"
    if last.descriptors > first.descriptors:
        return f"it has {last.descriptors} descriptors open, and had {first.descriptors}"
    return None


def table(samples: list[Sample]) -> str:
    """Return the run for people."""
    rows = [("", "lines", "seconds", "RSS kB", "descriptors")]
    named = ("start", samples[0]), ("warm", after_warm_up(samples)), ("end", samples[-1])
    rows += [(name, *(f"{value:,.0f}" for value in each)) for name, each in named]
    warm, last = named[1][1], named[2][1]
    growth = (f"{after - before:+,.0f}" for before, after in zip(warm, last, strict=True))
    rows.append(("growth", *growth))
    return "\n".join(f"{row[0]:8}" + "".join(f"{cell:>16}" for cell in row[1:]) for row in rows)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    said = "how many lines are traced"
    parser.add_argument("--lines", type=int, default=1_000_000_000, help=said + " (10**9)")
    said = "how long at most"
    parser.add_argument("--minutes", type=float, default=30, help=said + " (30)")
    said = "by how many kB its memory may grow after the first quarter"
    parser.add_argument("--bound", type=int, default=4096, help=said + " (4096)")
    said = "the same program without the trace, to compare"
    parser.add_argument("--untraced", action="store_true", help=said)
    said = "a program that is recorded with a bound, in the place of one that does everything"
    parser.add_argument("--recorded", action="store_true", help=said)
    return parser.parse_args()


def main() -> None:
    chosen = options()
    work = RECORDED if chosen.recorded else WORK
    soak = Soak(work, chosen.lines, chosen.minutes, not chosen.untraced)
    status = soak.run()
    if not soak.samples:
        sys.exit(f"scripts/soak: the program has ended with status {status}")
    print(f"Python {sys.version.split()[0]}, {len(soak.samples)} cycles")
    print(table(soak.samples))
    said = complaint(soak.samples, chosen.bound)
    if status != 0:
        said = f"the program has ended with status {status}"
    if said is not None:
        sys.exit(f"scripts/soak: {said}")


if __name__ == "__main__":
    main()
