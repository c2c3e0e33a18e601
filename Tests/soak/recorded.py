"""The program that is soaked in a recording of a fixed size: loops, threads, new code all the time.

It takes and prints what `work.py` does. A file that is larger than it may be is an exception.
"""

from __future__ import annotations

import gc
import itertools
import os
import sys
import threading

import swifttrace

DIRECTORY, LINES = sys.argv[1], int(sys.argv[2])
IS_TRACED = "--untraced" not in sys.argv
SIZE = 4 << 20
FILE = os.path.join(DIRECTORY, "soak.swt")
numbers = itertools.count()
MADE = "def made(n):\n    # {number}\n    return n * {number}\nmade(2)\n"


def loop(turns: int) -> int:
    total = 0
    for n in range(turns):
        total += n
        total ^= 1
    return total


def turn() -> None:
    thread = threading.Thread(target=loop, args=(30_000,), name=f"worker {next(numbers) % 5}")
    thread.start()
    for _ in range(20):
        number = next(numbers)
        exec(compile(MADE.format(number=number), f"<made {number}>", "exec"), {})
    loop(60_000)
    thread.join()


def cycle() -> int:
    for _ in range(LINES // 270_000 + 1):
        turn()
    if IS_TRACED and os.path.getsize(FILE) > SIZE:
        raise AssertionError(f"the file has {os.path.getsize(FILE):,} bytes")
    gc.collect()
    return (LINES // 270_000 + 1) * 270_000


if __name__ == "__main__":
    if IS_TRACED:
        swifttrace.enable(2, include="<made *", record=True, output=FILE, max_size=SIZE)
    go_on = True
    while go_on:
        print(cycle(), flush=True)
        go_on = bool(sys.stdin.readline())
