"""How deep calls are where frames do not end as they began: greenlets, and what is thrown in."""

from __future__ import annotations

from collections import defaultdict

import pytest
from beside import needs
from conftest import run_python, run_swifttrace

# `mark` says of the line that has called it how many frames of the script are beneath it.
MARKER = """\
import atexit, os, sys
said = []
def mark(count=1):
    frame = sys._getframe(1)
    line, depth = frame.f_lineno, -1
    while frame:
        depth += frame.f_code.co_filename.endswith("script.py")
        frame = frame.f_back
    said.append(f"{depth} {line}")
def say():
    with open(os.environ["SAID"], "w") as file:
        print(*said, sep="\\n", file=file)
atexit.register(say)
"""
# In no scope but the last.
LIBRARY = """\
import asyncio
async def swallows():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        return 1
"""
BEGIN = """\
from marker import mark
import library
def leaf():
    mark()
def calls():
    mark()
    leaf()
    mark()
"""
GREENLETS = {
    "suspended": """\
def worker():
    mark()
    helper()
    mark()
def helper():
    mark()
    getcurrent().parent.switch()
    mark()
    leaf()
    mark()
waiting = [greenlet(worker) for _ in range(5)]
for one in waiting:
    one.switch()
    mark()
    calls()
for one in waiting[:3]:
    one.switch()
    mark()
    calls()
""",
    "from deep down to deep down": """\
def one(n):
    if n:
        one(n - 1)
    else:
        for _ in range(3):
            mark()
            second.switch(n)
            mark()
            calls()
def two(n):
    mark()
    deeper()
def deeper():
    while True:
        mark()
        first.switch()
        mark()
        calls()
first, second = greenlet(one), greenlet(two)
first.switch(4)
mark()
calls()
""",
    "killed, thrown into and forgotten": """\
import gc
def waits(n):
    try:
        mark()
        if n:
            waits(n - 1)
        else:
            getcurrent().parent.switch()
    finally:
        mark()
        leaf()
        mark()
for turn in range(20):
    one = greenlet(waits)
    one.switch(turn % 5)
    mark()
    if turn % 3 == 0:
        one.throw()
    elif turn % 3 == 1:
        try:
            one.throw(ValueError)
        except ValueError:
            mark()
    one = None
    mark()
    calls()
gc.collect()
mark()
calls()
""",
    "generators and sorting": """\
def yields():
    for _ in range(3):
        mark()
        getcurrent().parent.switch()
        mark()
        yield leaf()
def drives():
    for _ in yields():
        mark()
        sorted([1, 2], key=lambda n: (mark(), getcurrent().parent.switch(), leaf(), n)[-1])
        mark()
one = greenlet(drives)
while not one.dead:
    one.switch()
    mark()
    calls()
""",
    "in threads": """\
import threading
def waits():
    mark()
    getcurrent().parent.switch()
    mark()
    calls()
def works():
    waiting = [greenlet(waits) for _ in range(3)]
    for one in waiting:
        one.switch()
        mark()
        calls()
    waiting.pop().switch()
    mark()
for _ in range(3):
    thread = threading.Thread(target=works)
    thread.start()
    thread.join()
    mark()
    calls()
""",
    "imported late": """\
def waits():
    mark()
    return leaf(), wait and wait(), mark(), calls()
wait = None
waits()
def later():
    global wait
    import greenlet
    wait = lambda: greenlet.getcurrent().parent.switch()
    for one in [greenlet.greenlet(waits) for _ in range(3)]:
        mark()
        one.switch()
        mark()
        calls()
later()
mark()
calls()
""",
}
GEVENT = """\
import gevent
def waits(n):
    mark()
    inner(n)
    mark()
def inner(n):
    for _ in range(3):
        mark()
        gevent.sleep(0)
        mark()
        calls()
def main():
    jobs = [gevent.spawn(waits, n) for n in range(4)]
    gevent.sleep(0)
    mark()
    jobs[0].kill()
    mark()
    calls()
    gevent.joinall(jobs)
    mark()
main()
mark()
calls()
"""
THROWN = {
    "handled by a return": """\
def inner():
    try:
        yield 1
    except ValueError:
        mark()
        leaf()
        return 1
def outer():
    found = yield from inner()
    mark()
    calls()
for _ in range(3):
    g = outer()
    next(g)
    try:
        g.throw(ValueError)
    except StopIteration:
        mark()
    calls()
    mark()
""",
    "handled by a yield": """\
def inner():
    try:
        yield 1
    except ValueError:
        mark()
        calls()
        yield 2
    mark()
    calls()
def middle():
    yield from inner()
    mark()
def outer():
    yield from middle()
    mark()
for turn in range(4):
    g = outer()
    next(g)
    g.throw(ValueError)
    mark()
    calls()
    if turn == 1:
        g.close()
    elif turn == 2:
        try:
            g.throw(KeyError)
        except KeyError:
            mark()
    else:
        list(g)
    mark()
    calls()
""",
    "within another throw": """\
def inner(n):
    try:
        yield 1
    except ValueError:
        mark()
        if n:
            drive(n - 1)
        mark()
        leaf()
    yield 2
    mark()
def outer(n):
    yield from inner(n)
    mark()
def drive(n):
    g = outer(n)
    next(g)
    g.throw(ValueError)
    mark()
    calls()
    list(g)
    mark()
drive(3)
mark()
calls()
""",
    "cancelled tasks": """\
import asyncio
async def inner():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        mark()
        calls()
        return 1
async def outer():
    found = await inner()
    mark()
    await asyncio.sleep(0)
    mark()
    calls()
async def of_library():
    found = await library.swallows()
    mark()
    calls()
async def numbers():
    try:
        yield 1
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        mark()
        yield 2
    mark()
async def over_numbers():
    async for n in numbers():
        mark()
        calls()
    mark()
async def raises():
    try:
        await asyncio.sleep(60)
    finally:
        mark()
        leaf()
async def lets_through():
    await raises()
async def main():
    for function in outer, of_library, over_numbers, lets_through:
        tasks = [asyncio.create_task(function()) for _ in range(3)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        mark()
        calls()
asyncio.run(main())
mark()
calls()
""",
    "in threads": """\
import threading, time
def inner():
    try:
        yield 1
    except ValueError:
        mark()
        time.sleep(0.001)
        mark()
        calls()
        yield 2
    mark()
def outer():
    yield from inner()
    mark()
def works():
    for _ in range(3):
        g = outer()
        next(g)
        g.throw(ValueError)
        time.sleep(0.001)
        mark()
        calls()
        list(g)
        mark()
threads = [threading.Thread(target=works) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
mark()
calls()
""",
}


def by_line(pairs):
    lines = defaultdict(list)
    for depth, number in pairs:
        lines[int(number)].append(int(depth))
    return lines


def assert_depths(write, script, *options):
    """Where the script calls `mark()` the trace's depths are those of the frames."""
    for name, text in ("marker.py", MARKER), ("library.py", LIBRARY), ("script.py", script):
        path = write(name, text)
    said = path.with_name("said")
    ended = run_swifttrace(
        *options, "--format={depth} {lineno} {line}", path, env={"SAID": str(said)}
    )
    assert (ended.returncode, ended.stdout) == (0, b""), ended.stderr.decode()
    wanted = by_line(line.split() for line in said.read_text().splitlines())
    printed = (line.split(" ", 2) for line in ended.stderr.decode().splitlines())
    marks = (line[:2] for line in printed if line[-1].strip() == "mark()")
    source = script.splitlines()
    wanted = {
        line: depths for line, depths in wanted.items() if source[line - 1].strip() == "mark()"
    }
    assert by_line(marks) == wanted != {}


both = pytest.mark.parametrize("options", [(), ("--calls",), ("--values",)], ids=str)


@needs("greenlet")
@both
@pytest.mark.parametrize("case", GREENLETS)
def test_each_greenlet_has_a_depth_of_its_own(write, case, options):
    begin = (
        BEGIN if case == "imported late" else BEGIN + "from greenlet import getcurrent, greenlet\n"
    )
    assert_depths(write, begin + GREENLETS[case], *options)


@needs("gevent")
@both
def test_each_of_gevent_s_greenlets_has(write, options):
    assert_depths(write, BEGIN + GEVENT, *options)


@both
@pytest.mark.parametrize("case", THROWN)
def test_the_depth_after_a_throw(write, case, options):
    assert_depths(write, BEGIN + THROWN[case], *options)


@needs("greenlet")
def test_the_trace_stays_on_beside_suspended_greenlets(write):
    script = """\
import greenlet
def worker():
    greenlet.getcurrent().parent.switch()
def leaf():
    a = 1
first, second = greenlet.greenlet(worker), greenlet.greenlet(worker)
first.switch()
second.switch()
leaf()
"""
    options = "-xx", "--only-calls", "--depth=2", write("script.py", script)
    assert (
        run_swifttrace(*options).stderr.decode()
        == """\
+ [     1] => <module>()
+ [     2] => worker()
+ [     2] => worker()
+ [     4]   => leaf()
+ [     5]   <= leaf: None
+ [     9] <= <module>: None
"""
    )
    lines = run_swifttrace("-xx", "--depth=2", options[-1]).stderr.decode().splitlines()
    assert lines == [
        "+ [     1] import greenlet",
        "+ [     2] def worker():",
        "+ [     4] def leaf():",
        "+ [     6] first, second = greenlet.greenlet(worker), greenlet.greenlet(worker)",
        "+ [     7] first.switch()",
        "+ [     3]     greenlet.getcurrent().parent.switch()",
        "+ [     8] second.switch()",
        "+ [     3]     greenlet.getcurrent().parent.switch()",
        "+ [     9] leaf()",
        "+ [     5]     a = 1",
    ]


@needs("greenlet")
def test_a_trace_that_begins_beside_suspended_greenlets(write):
    script = """\
import swifttrace
from greenlet import getcurrent, greenlet
def waits(n):
    if n:
        waits(n - 1)
    else:
        getcurrent().parent.switch()
        ends()
def ends():
    a = 1
waiting = [greenlet(waits), greenlet(waits)]
for one in waiting: one.switch(3)
def begins():
    swifttrace.enable(format="{depth} {line}")
    b = 2
begins()
for one in waiting: one.switch()
ends()
swifttrace.disable()
"""
    assert (
        run_python(write("script.py", script)).stderr.decode()
        == """\
1     b = 2
0 for one in waiting: one.switch()
3         ends()
4     a = 1
0 for one in waiting: one.switch()
3         ends()
4     a = 1
0 for one in waiting: one.switch()
0 ends()
1     a = 1
0 swifttrace.disable()
"""
    )


@needs("greenlet")
def test_the_program_s_depth_counts_from_the_program(write):
    """Where everything is traced there is more on the stack."""
    script = """\
from greenlet import getcurrent, greenlet
def waits():
    getcurrent().parent.switch()
def leaf(): pass
one = greenlet(waits)
one.switch()
leaf()
"""
    path = write("script.py", script)
    shown = run_swifttrace("-xxx", "--only-calls", path).stderr.decode().splitlines()
    own = [line.split("] ", 1)[1] for line in shown if "script.py" in line]
    assert own == [
        "=> <module>()",
        "=> waits()",
        "  => leaf()",
        "  <= leaf: None",
        "<= <module>: None",
    ]


HANDLED = """\
def inner():
    try: yield 1
    except ValueError: return "handled"
def outer():
    found = yield from inner()
for _ in range(2):
    g = outer(); next(g)
    try: g.throw(ValueError)
    except StopIteration: pass
def a(): b()
def b(): pass
a()
"""


def test_what_goes_on_behind_a_yield_from(write):
    """3.11 sends no event of it."""
    shown = run_swifttrace("-xx", "--only-calls", "--depth=2", write("script.py", HANDLED))
    turn = [
        "  => outer()",
        "  <~ outer: 1",
        "  ~> outer()",
        "  <= outer: None",
        "!! <module>: raised StopIteration()",
        "!! <module>: caught StopIteration",
    ]
    lines = [line.split("] ", 1)[1] for line in shown.stderr.decode().splitlines()]
    assert lines == [
        "=> <module>()",
        *turn,
        *turn,
        "  => a()",
        "  <= a: None",
        "<= <module>: None",
    ]
