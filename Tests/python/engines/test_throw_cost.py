"""What it costs to throw an exception into a generator far up on the stack."""

from __future__ import annotations

import pytest
from conftest import run_swifttrace

PROGRAM = """\
import sys, threading, time
from contextlib import contextmanager
{first}
threading.stack_size(1 << 30)
sys.setrecursionlimit(10**6)
def catches():
    try: yield 1
    except ValueError: yield 2
def returns():
    try: yield 1
    except ValueError: pass
def waits(generator):
    yield from generator()
async def awaits(generator):
    await Awaitable(generator())
class Awaitable:
    def __init__(self, generator): self.generator = generator
    def __await__(self): return self.generator
managed = contextmanager(returns)
waited = contextmanager(lambda: waits(returns))
def thrown(): q = catches(); next(q); q.throw(ValueError)
def thrown_through(): q = waits(catches); next(q); q.throw(ValueError)
def awaited(): q = awaits(catches); q.send(None); q.throw(ValueError)
def closed(): q = catches(); next(q); q.close()
def with_block():
    with managed(): raise ValueError
def with_block_of_two():
    with waited(): raise ValueError
def cost(what):
    took = []
    for round in range(5):
        start = time.perf_counter()
        for n in range(20): what()
        took.append(time.perf_counter() - start)
    return min(took)
def deep(n):
    if n: return deep(n - 1)
    for what in thrown, thrown_through, awaited, closed, with_block, with_block_of_two:
        costs.setdefault(what.__name__, []).append(cost(what))
costs = {{}}
for n in 100, 20_000:
    thread = threading.Thread(target=deep, args=(n,))
    thread.start()
    thread.join()
for name, (near, far) in costs.items(): print(name, far / near)
"""


@pytest.mark.parametrize("options", ["--calls", "--values", "--show=depth"])
@pytest.mark.parametrize("first", ["", "import greenlet"], ids=["plain", "greenlets"])
def test_a_throw_costs_the_same_wherever_it_happens(first, options, write):
    """Twenty thousand calls deep it took a hundred times as long as a hundred calls deep."""
    if first:
        pytest.importorskip("greenlet")
    ended = run_swifttrace(
        options, "-o", "/dev/null", write("program.py", PROGRAM.format(first=first))
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    ratios = dict(line.split() for line in ended.stdout.decode().splitlines())
    assert len(ratios) == 6
    assert all(float(ratio) < 8 for ratio in ratios.values()), ratios
