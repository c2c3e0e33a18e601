"""The long run: what a line costs after a hundred million of them, and the peak memory.

A file of so many lines has 6 GB: kept whole, it would measure how this machine finds
memory for 6 GB of cache. So what is written is given back meanwhile: another process
makes a hole of all but the file's end. The tracer cannot tell.
"""

import ctypes
import os
import time
from contextlib import contextmanager

import hooks
import ours
from contestant import Contestant

KEY = "long"
LINES = (1_000_000, 10_000_000, 100_000_000)
QUICK_LINES = (100_000, 300_000, 1_000_000)
UNTRACED = "untraced"
CONTESTANTS = {
    UNTRACED: Contestant("untraced", hooks.no_tracer),
    "file 3": Contestant("swifttrace -xxx, to a file", ours.to_file(3), prints=True),
    "ring 3": Contestant("swifttrace -xxx, to the ring", ours.to_ring(3), needs="ring"),
}
LINES_IN_TWO_TURNS = 11

KEEP_SIZE, PUNCH_HOLE = 1, 2
KEPT = 16 << 20
PERIOD = 0.02


def measure(work, contestant, lines, output, timed):
    """Return the times a line, untraced and traced, of a run of so many lines."""
    turns = lines // LINES_IN_TWO_TURNS * 2
    untraced = timed(work.run, turns)
    with given_back(output, contestant.prints):
        detach = contestant.attach(work, output)
        traced = timed(work.run, turns)
        detach()
    if contestant.prints:
        check_length(output, lines)
    return {"lines": lines, "untraced": a_line(untraced, lines), "traced": a_line(traced, lines)}


def a_line(times, lines):
    return {clock: time / lines for clock, time in times.items()}


def check_length(output, lines):
    """The file has a hole, and its length all the same."""
    length = os.path.getsize(output)
    os.unlink(output)
    if length < 40 * lines:
        raise SystemExit(f"{length} bytes for {lines} lines")


@contextmanager
def given_back(path, is_file):
    """Meanwhile a child gives back what has been written."""
    if not is_file:
        yield
        return
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writing)
        os.set_blocking(reading, False)
        give_back(path, reading)
        os._exit(0)
    os.close(reading)
    try:
        yield
    finally:
        os.close(writing)
        os.waitpid(child, 0)


def give_back(path, until):
    """Until the parent closes its end of the pipe, or dies."""
    libc = ctypes.CDLL(None)
    while True:
        try:
            os.read(until, 1)
            return
        except BlockingIOError:
            time.sleep(PERIOD)
        punch(libc, path)


def punch(libc, path):
    try:
        file = os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        return
    length = os.fstat(file).st_size - KEPT
    if length > 0:
        hole = (ctypes.c_int64(0), ctypes.c_int64(length))
        libc.fallocate(file, KEEP_SIZE | PUNCH_HOLE, *hole)
    os.close(file)


def peak_memory():
    """Return the most that this process had in memory, in kB, its mapped files included."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
