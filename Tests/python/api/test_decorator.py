"""`@trace` on every kind of function: it stays what it was, and its lines are traced."""

from __future__ import annotations

from conftest import run_python
from launching import numbered


def run_script(write, source):
    """Run a script; return its trace and its output."""
    ended = run_python(write("program.py", source))
    assert ended.returncode == 0, ended.stderr.decode()
    return ended.stderr, ended.stdout.decode()


def test_a_function_is_traced_while_it_runs(write):
    source = """\
from swifttrace import trace
@trace(2)
def f(a, *, b=2):
    '''Doc.'''
    c = g(a)
    return a + b + c
def g(n):
    return n
print(f(1), f(a=1, b=3))
print(f.__name__, f.__doc__, f.__module__, f.__wrapped__.__qualname__)
g(2)
@trace(2)
def fail():
    1 / 0
try:
    fail()
except ZeroDivisionError:
    pass
after = 1
"""
    trace, printed = run_script(write, source)
    assert printed == "4 5\nf Doc. __main__ f\n"
    assert trace == numbered(source, 5, 8, 6, 5, 8, 6, 14)


def test_methods_of_every_kind_are_traced(write):
    source = """\
from swifttrace import trace
class Thing:
    @trace(2)
    def method(self):
        return 1
    @classmethod
    @trace(2)
    def of_class(cls):
        return 2
    @staticmethod
    @trace(2)
    def static():
        return 3
    @property
    @trace(2)
    def value(self):
        return 4
    @trace(2)
    def __call__(self):
        return 5
thing = Thing()
print(thing.method(), Thing.of_class(), thing.static(), thing.value, thing())
print(trace(2)(Thing.method)(thing), trace(2)(lambda: 7)(), trace(2)(len)([]))
"""
    trace, printed = run_script(write, source)
    assert printed == "1 2 3 4 5\n1 7 0\n"
    for number in (5, 9, 13, 17, 20, 23):
        assert numbered(source, number) in trace, number


def test_a_generator_is_traced_at_each_step_and_not_in_between(write):
    source = """\
import inspect
from swifttrace import trace
@trace(2)
def steps(n):
    try:
        while n:
            got = yield n
            n -= 1
        return "result"
    except KeyError:
        yield "caught"
    finally:
        closed = True
def untraced():
    return 1
def whole():
    return (yield from steps(1))
print(inspect.isgeneratorfunction(steps), list(steps(2)))
g = steps(9)
print(next(g), untraced(), g.send("sent"), g.throw(KeyError), next(g, "end"))
g = steps(9)
next(g)
g.close()
print(next(g, "closed"))
w = whole()
next(w)
try:
    w.send(None)
except StopIteration as stop:
    print(stop.value)
g = steps(1)
next(g)
try:
    g.throw(ValueError("out"))
except ValueError as error:
    print(error)
steps(3).close()
del g
"""
    trace, printed = run_script(write, source)
    assert printed == "True [2, 1]\n9 1 8 caught end\nclosed\nresult\nout\n"
    twice = [5, 6, 7, 8, 6, 7, 8, 6, 9, 13]
    sent = [5, 6, 7, 8, 6, 7]
    lines = [line[2:10] for line in trace.decode().splitlines()]
    assert lines[:16] == [f"[{number:6d}]" for number in twice + sent]
    assert "return 1" not in trace.decode()
    # A line at which something is thrown is sent again by some versions of Python.
    assert [line for line in lines[16:] if line != "[     7]"] == [
        f"[{number:6d}]" for number in [10, 11, 13, 5, 6, 10, 13, 5, 6, 8, 6, 9, 13, 5, 6, 10, 13]
    ]


def test_a_coroutine_is_traced_at_each_step_and_not_in_between(write):
    source = """\
import asyncio, inspect
from swifttrace import trace
@trace(2)
async def work(name):
    await asyncio.sleep(0)
    for _ in range(1):
        await asyncio.sleep(0)
    return name
async def other():
    for _ in range(5):
        await asyncio.sleep(0)
@trace(2)
async def cancelled(ready):
    try:
        ready.set()
        await asyncio.sleep(60)
    finally:
        cleaned = True
async def main():
    print(await asyncio.gather(work("a"), other(), work("b")))
    task = asyncio.ensure_future(cancelled(ready := asyncio.Event()))
    await ready.wait()
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled")
print(inspect.iscoroutinefunction(work), work.__name__)
asyncio.run(main())
by_hand = work("by hand")
try:
    while True:
        by_hand.send(None)
except StopIteration as stop:
    print(stop.value)
never_run = work("closed")
never_run.close()
"""
    trace, printed = run_script(write, source)
    assert printed == "True work\n['a', None, 'b']\ncancelled\nby hand\n"
    numbers = [int(line[3:9]) for line in trace.decode().splitlines()]
    assert set(numbers) == {5, 6, 7, 8, 14, 15, 16, 18}
    assert numbers.count(8) == 3
    assert numbers[-4:] == [7, 6, 8][-3:] or numbers[-1] == 8


def test_an_async_generator_is_traced_at_each_step_and_not_in_between(write):
    source = """\
import asyncio, inspect
from swifttrace import trace
@trace(2)
async def steps(n):
    try:
        while n:
            await asyncio.sleep(0)
            got = yield n
            n -= 1
    except KeyError:
        yield "caught"
    finally:
        await asyncio.sleep(0)
def untraced():
    return 1
async def main():
    print(inspect.isasyncgenfunction(steps), [n async for n in steps(2)])
    g = steps(9)
    print(await anext(g), untraced(), await g.asend("sent"), await g.athrow(KeyError))
    print(await anext(g, "end"))
    g = steps(9)
    await anext(g)
    await g.aclose()
    print(await anext(g, "closed"))
    g = steps(9)
    await anext(g)
    try:
        await g.athrow(ValueError("out"))
    except ValueError as error:
        print(error)
    async for _ in steps(5):
        break
    await steps(1).aclose()
asyncio.run(main())
"""
    trace, printed = run_script(write, source)
    assert printed == "True [2, 1]\n9 1 8 caught\nend\nclosed\nout\n"
    numbers = [int(line[3:9]) for line in trace.decode().splitlines()]
    assert set(numbers) == {5, 6, 7, 8, 9, 10, 11, 13}
    assert numbers.count(11) == 1
    # Each one that was started has come to its end, the abandoned one too.
    assert numbers.count(5) == 5
    assert numbers.count(13) >= 5


def test_decorators_may_be_stacked_and_functions_call_each_other(write):
    source = """\
from swifttrace import trace
@trace(1)
def outer():
    a = inner()
    return a
@trace(2)
def inner():
    return 1
outer()
@trace(1)
@trace(2)
def both():
    return 2
both()
"""
    trace, _ = run_script(write, source)
    assert trace == (
        b"+     a = inner()\n+ [     8]     return 1\n+     return a\n+ [    13]     return 2\n"
    )


def test_a_function_may_be_called_by_several_threads_at_once(write):
    source = """\
import threading
from swifttrace import trace, status
barrier = threading.Barrier(4)
@trace(2)
def work(n):
    barrier.wait()
    return n
threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(status().enabled)
"""
    trace, printed = run_script(write, source)
    assert printed == "False\n"
    assert trace.count(b"    barrier.wait()\n") == 4
    assert trace.count(b"    return n\n") == 4
