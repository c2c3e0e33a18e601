"""Measures one contestant, once, and prints what it took as JSON.

    python measure.py SECTION WORK CONTESTANT TURNS LINES OUTPUT   ns
    python measure.py count WORK TURNS everything|own              lines
    python measure.py once CONTESTANT TURNS OUTPUT                 for callgrind
    python measure.py long CONTESTANT OUTPUT LINES...              ns a line, peak memory

The untraced time is taken in the same process, just before, so that both have the
same memory layout and the same neighbours on the machine.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time

import contestants
import long_run
from contestant import Shell, Writing
from work import DIRECTORY, Work, count_lines

PASSES = 3


def main():
    mode, *arguments = sys.argv[1:]
    modes = {"count": count, "once": run_once, "long": measure_long}
    measured = modes[mode](*arguments) if mode in modes else measure(mode, *arguments)
    print(json.dumps(measured), file=sys.__stdout__)


def measure(section, name, contestant, turns, lines, output):
    section = contestants.SECTIONS[section]
    contestant = section.contestants[contestant]
    if isinstance(contestant, Writing):
        return measure_writing(contestant, int(lines), output)
    if isinstance(contestant, Shell):
        return measure_shell(contestant, turns, output)
    if section.is_whole:
        return measure_whole(Work(name), contestant, int(turns), output)
    return measure_lines(Work(name), contestant, int(turns), int(lines), output)


def measure_lines(work, contestant, turns, lines, output):
    """Return ns a line, untraced and traced: each the median of a few passes.

    Switching on and off is not in it: that is no cost of a line.
    """
    work.run(turns)
    untraced = [timed(work.run, turns) for _ in range(PASSES)]
    detach = contestant.attach(work, output)
    traced = [timed(work.run, turns) for _ in range(PASSES)]
    detach()
    if contestant.prints:
        check_printed(output, PASSES * lines)
    return summary(untraced, traced, lines)


def measure_writing(contestant, lines, output):
    import bench_hook

    with open(output, "w+b", buffering=0) as file:
        arguments = (bench_hook, file.fileno(), lines)
        writing = [timed(contestant.write, *arguments) for _ in range(PASSES)]
    os.unlink(output)
    return summary([{"cpu": 0, "wall": 0}], writing, lines)


def measure_shell(contestant, turns, output):
    script = os.path.join(DIRECTORY, contestant.script)
    with open(output, "wb") as file:
        untraced = timed_child(["bash", script, turns], file)
        traced = timed_child(["bash", "-x", script, turns], file)
    return summary([untraced], [traced], count_printed(output))


def measure_whole(work, contestant, turns, output):
    """Return ns for the whole run, switching on and off included."""
    work.run(max(turns // 4, 2))
    untraced = timed(work.run, turns)
    traced = timed(run_attached, work, contestant, turns, output)
    return summary([untraced], [traced], 1)


def run_attached(work, contestant, turns, output):
    detach = contestant.attach(work, output)
    work.run(turns)
    detach()


def measure_long(name, output, *sizes):
    """Return ns a line for each number of lines, one after the other, and the peak."""
    work, contestant = Work("loop"), long_run.CONTESTANTS[name]
    figures = [long_run.measure(work, contestant, int(lines), output, timed) for lines in sizes]
    return {"lines": figures, "peak": long_run.peak_memory()}


def run_once(name, turns, output):
    work = Work("loop")
    run_attached(work, contestants.LOOP[name], int(turns), output)


def count(name, turns, which):
    """After one run that may do more than the next: caches, state of the module."""
    work = Work(name)
    work.run(2)
    return count_lines(work, int(turns), which == "everything")


# -- clocks ------------------------------------------------------------------------


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


def timed_child(command, stderr):
    wall, cpu = time.perf_counter_ns(), children_time()
    subprocess.run(command, stderr=stderr, check=True)
    return {"cpu": children_time() - cpu, "wall": time.perf_counter_ns() - wall}


def children_time():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return round((used.ru_utime + used.ru_stime) * 1e9)


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


# -- what was printed --------------------------------------------------------------


def check_printed(output, expected):
    """A tracer that printed nothing would win. Packages do not run as many lines each time."""
    printed = count_printed(output)
    if printed < expected * 0.9:
        sys.exit(f"printed {printed} lines of {expected}")


def count_printed(output):
    with open(output, "rb") as file:
        printed = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
    os.unlink(output)
    return printed


if __name__ == "__main__":
    main()
