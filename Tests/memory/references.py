"""Counts references in a debug build of Python: enabling, tracing, disabling keep none.

Each way to trace is gone through again and again; from one round to the next the sum of all
reference counts and the number of blocks stay what they are.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator

import swifttrace

WARM_UP, ROUNDS = 1000, 1000
# Some come and go with caches, in any number of rounds.
MOST = ROUNDS // 10


def numbers(turns: int) -> Iterator[int]:
    for n in range(turns):
        got = yield n
        assert got is None


def work() -> None:
    """Calls, a generator, an exception, new code, a thread."""
    total = sum(numbers(5))
    try:
        raise ValueError(total)
    except ValueError as error:
        text = str(error)
    exec(compile("class Made:\n    x = 1\n\ndef f(n): return n\nf(Made.x)\n", "<made>", "exec"), {})
    left = numbers(3)
    next(left)
    left.close()
    thread = threading.Thread(target=len, args=(text,), name="worker")
    thread.start()
    thread.join()


def enabled(**options: object) -> Callable[[], None]:
    def once() -> None:
        swifttrace.enable(2, include="<made>", **options)  # type: ignore[arg-type]
        work()
        swifttrace.status()
        swifttrace.disable()

    return once


def in_a_block() -> None:
    with swifttrace.trace(3, scope="all", output=os.devnull), swifttrace.trace(output=os.devnull):
        work()


@swifttrace.trace(2, output=os.devnull)
def decorated(turns: int) -> Iterator[int]:
    yield from range(turns)


def by_settrace() -> None:
    swifttrace.configure(2, output=os.devnull)
    sys.settrace(swifttrace.global_trace)
    work()
    sys.settrace(None)


def refused() -> None:
    for options in ({"output": "/nowhere/trace"}, {"scope": "none"}, {"format": "{"}):
        try:
            swifttrace.enable(**options)  # type: ignore[arg-type]
        except (ValueError, OSError):
            pass
        else:
            raise AssertionError(options)


def ways(file: str) -> dict[str, Callable[[], object]]:
    return {
        "a file": enabled(output=file),
        "a ring": enabled(last=100),
        "a ring in a file": enabled(output=file, last=100),
        "fields": enabled(output=os.devnull, show="pid,thread,task,depth,module,function"),
        "values, calls": enabled(output=os.devnull, values=True, calls=True),
        "values by repr": enabled(output=os.devnull, values="repr"),
        "a watch": enabled(output=os.devnull, watch="total"),
        "blocks": in_a_block,
        "a decorator": lambda: list(decorated(3)),
        "sys.settrace": by_settrace,
        "what is refused": refused,
    }


def counted() -> tuple[int, int]:
    gc.collect()
    return sys.gettotalrefcount(), sys.getallocatedblocks()  # type: ignore[attr-defined]


def growth(once: Callable[[], object]) -> tuple[int, int]:
    """Return by how much references and blocks have grown in so many rounds."""
    for _ in range(WARM_UP):
        once()
    before = counted()
    for _ in range(ROUNDS):
        once()
    after = counted()
    return after[0] - before[0], after[1] - before[1]


def main() -> None:
    if not hasattr(sys, "gettotalrefcount"):
        sys.exit("not a debug build of Python")
    grown = []
    with tempfile.TemporaryDirectory() as directory:
        for name, once in {"untraced": work, **ways(f"{directory}/trace")}.items():
            references, blocks = growth(once)
            print(f"{name}: {references:+d} references, {blocks:+d} blocks in {ROUNDS} rounds")
            if references > MOST or blocks > MOST:
                grown.append(name)
    print(f"Python {sys.version.split()[0]}, {swifttrace.status().engine}")
    if grown:
        sys.exit(f"grown: {', '.join(grown)}")


if __name__ == "__main__":
    main()
