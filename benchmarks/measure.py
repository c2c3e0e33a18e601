"""Measures one contestant, once, and prints what it took as JSON.

    python measure.py in-scope CONTESTANT TURNS OUTPUT      ns for each line
    python measure.py out-of-scope CONTESTANT TURNS OUTPUT  ns for the whole
    python measure.py once CONTESTANT TURNS OUTPUT          for callgrind: nothing timed

The untraced time is taken in the same process, just before, so that both have the
same memory layout and the same neighbours on the machine.
"""

import json
import os
import statistics
import sys
import time

import contestants
import library
import loop

PASSES = 3


def main():
    kind, name, turns, output = sys.argv[1:]
    measured = MEASUREMENTS[kind](name, int(turns), output)
    print(json.dumps(measured), file=sys.__stdout__)


def measure_in_scope(name, turns, output):
    """Return ns a line, untraced and traced: each the median of a few passes.

    Switching on and off is not in it: that is no cost of a line.
    """
    contestant = contestants.IN_SCOPE[name]
    if isinstance(contestant, contestants.Writing):
        return measure_writing(contestant.at_once, turns, output)
    loop.run(turns)
    untraced = [timed(loop.run, turns) for _ in range(PASSES)]
    detach = contestant.attach(output)
    traced = [timed(loop.run, turns) for _ in range(PASSES)]
    detach()
    if contestant.prints:
        check_printed(output, PASSES * loop.lines(turns))
    return summary(untraced, traced, loop.lines(turns))


def measure_writing(at_once, turns, output):
    import bench_hook

    lines = loop.lines(turns)
    with open(output, "wb", buffering=0) as file:
        arguments = (file.fileno(), lines, at_once)
        writing = [timed(bench_hook.write_lines, *arguments) for _ in range(PASSES)]
    os.unlink(output)
    return summary([{"cpu": 0, "wall": 0}], writing, lines)


def measure_out_of_scope(name, turns, output):
    """Return ns for the whole run, switching on and off included."""
    contestant = contestants.OUT_OF_SCOPE[name]
    library.run(max(turns // 4, 2))
    untraced = timed(library.run, turns)
    traced = timed(run_attached, contestant, turns, output)
    return summary([untraced], [traced], 1)


def run_attached(contestant, turns, output):
    detach = contestant.attach(output)
    library.run(turns)
    detach()


def run_once(name, turns, output):
    detach = contestants.IN_SCOPE[name].attach(output)
    loop.run(turns)
    detach()
    return loop.lines(turns)


def timed(work, *arguments):
    """Return the ns of `work` by both clocks.

    The tables show CPU time: on a machine that others use too, wall time measures
    them. Where the two differ in the JSON file, something waited.
    """
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    work(*arguments)
    return {
        "cpu": time.process_time_ns() - cpu,
        "wall": time.perf_counter_ns() - wall,
    }


def summary(untraced, traced, divisor):
    return {
        "untraced": medians(untraced, divisor),
        "traced": medians(traced, divisor),
    }


def medians(times, divisor):
    return {
        clock: statistics.median(time[clock] for time in times) / divisor
        for clock in ("cpu", "wall")
    }


def check_printed(output, expected):
    """A tracer that printed nothing would win."""
    with open(output, "rb") as file:
        printed = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
    os.unlink(output)
    if printed < expected:
        sys.exit(f"printed {printed} lines of {expected}")


MEASUREMENTS = {
    "in-scope": measure_in_scope,
    "out-of-scope": measure_out_of_scope,
    "once": run_once,
}

if __name__ == "__main__":
    main()
